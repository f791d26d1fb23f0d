// The scopes of the manifest: what the bot's token may do unless a test takes some away.

export const ALL_SCOPES = [
  ...["app_mentions:read", "assistant:write", "chat:write", "commands"],
  ...["channels:history", "groups:history", "im:history", "mpim:history"],
  ...["channels:read", "groups:read", "im:read", "mpim:read", "im:write", "mpim:write"],
  ...["users:read", "files:read", "files:write", "reactions:read", "reactions:write"],
];
