// The system prompt: who the bot is and how it works here. The same bytes for the same agent, channel and tools: nothing that
// changes from turn to turn (time, names, counts) may stand in it (P11).

export interface PromptParts {
  readonly agentPrompt: string;
  readonly channel: string;
  /** The index of the skills, or nothing. */
  readonly skills: string;
}

export const DEFAULT_AGENT_PROMPT =
  "You are a helpful, precise assistant in a chat. Answer in the language of the person who asks. " +
  "Be brief unless asked for more. Say so when you do not know.";

export function systemPrompt({ agentPrompt, channel, skills }: PromptParts): string {
  return [
    agentPrompt.trim(),
    `You are talking on the channel "${channel}". Write Markdown. A blank line of conversation may have several speakers; each ` +
      "line of a person then begins with the name. Lines that begin with [system note] come from the program, not from a person.",
    "Use a tool when it gives you facts you lack; never invent its result. A tool result that was shortened names a reference: " +
      "read the rest with the tool `recall`. If a tool reports that its outcome is unknown, check before you repeat it.",
    skills,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}
