// What of the package `subset-font` is used here; it brings no types.

declare module "subset-font" {
  export default function subsetFont(
    font: Buffer,
    text: string,
    options: { readonly targetFormat: "truetype"; readonly variationAxes: Readonly<Record<string, number>> },
  ): Promise<Buffer>;
}
