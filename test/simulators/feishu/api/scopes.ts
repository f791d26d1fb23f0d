// The permissions an app is granted in the console. Any one of those an operation names is enough.

import { ApiRefusal } from "./api-error.ts";

export const GROUP_MESSAGES = "im:message.group_msg";
export const GROUP_AT_MESSAGES = "im:message.group_at_msg:readonly";
export const DIRECT_MESSAGES = "im:message.p2p_msg:readonly";
export const USER_IDS = "contact:user.employee_id:readonly";
export const NAMES = "contact:user.base:readonly";
export const CARDKIT = "cardkit:card:write";

/** What a well-configured bot has; `user_id` is not among it. */
export const SCOPES_DEFAULT: readonly string[] = [
  DIRECT_MESSAGES,
  GROUP_AT_MESSAGES,
  GROUP_MESSAGES,
  NAMES,
  CARDKIT,
  "im:message",
  "im:message:send_as_bot",
  "im:message:readonly",
  "im:message:update",
  "im:message:recall",
  "im:message.reactions:write_only",
  "im:message.reactions:read",
  "im:resource",
  "im:chat:readonly",
];

export function checkScopes(needed: readonly string[], granted: ReadonlySet<string>, appId: string): void {
  if (needed.length === 0 || needed.some((scope) => granted.has(scope))) return;
  const list = needed.join(", ");
  const grantUrl = `https://open.feishu.cn/app/${appId}/auth?q=${needed.join(",")}&op_from=openapi&token_type=tenant`;
  throw new ApiRefusal(
    99991672,
    `Access denied. One of the following scopes is required: [${list}]. Grant it here: ${grantUrl}`,
    { details: { permission_violations: needed.map((subject) => ({ type: "action_scope_required", subject })) } },
  );
}
