// A refusal of the open platform: its code, the HTTP status it comes with, and its text.

export interface RefusalOptions {
  readonly httpStatus?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** More fields beside `log_id` in the body's `error`. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export class ApiRefusal extends Error {
  readonly code: number;
  readonly httpStatus: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: number, text: string, { httpStatus = 400, headers = {}, details = {} }: RefusalOptions = {}) {
    super(text);
    this.code = code;
    this.httpStatus = httpStatus;
    this.headers = headers;
    this.details = details;
  }
}

/** 99992402, the gateway's own check of fields. */
export const fieldRefusal = (field: string, description: string): ApiRefusal =>
  new ApiRefusal(99992402, "field validation failed", {
    details: { field_violations: [{ field, description }] },
  });

/** 230001, with the `ext=` that says which parameter. */
export const parameterRefusal = (ext: string): ApiRefusal =>
  new ApiRefusal(230001, `Your request contains an invalid request parameter, ext=${ext}`);

/** A card's fault: inside the IM API it travels in the envelope 230099, CardKit answers it bare. */
export class CardFault extends Error {
  readonly code: number;

  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }

  toEnvelope(): ApiRefusal {
    return new ApiRefusal(
      230099,
      `Failed to create card content, ext=ErrCode: ${this.code}; ErrMsg: ${this.message}; ErrorValue: unknown; `,
    );
  }
}
