// What Slack refuses in blocks, in its own words: "[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]".

import { BLOCKS_CHARS_MAX, MARKDOWN_CHARS_MAX, MESSAGE_BLOCKS_MAX } from "./limits.ts";
import { markdownStructures } from "./markdown-blocks.ts";
import type { Block } from "./records.ts";
import { SlackError } from "./slack-error.ts";
import { blocksText } from "./visible-text.ts";

type Rule = (value: unknown, pointer: string, problems: string[]) => void;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const problem = (problems: string[], text: string, pointer: string): void => {
  problems.push(`[ERROR] ${text} [json-pointer:${pointer}]`);
};

const characters =
  (max: number): Rule =>
  (value, pointer, problems) => {
    if (typeof value !== "string") problem(problems, "must be a string", pointer);
    else if (value.length === 0) problem(problems, "must be more than 0 characters", pointer);
    else if (value.length > max) problem(problems, `must be less than ${max + 1} characters`, pointer);
  };

const textObject =
  (max: number, ...types: readonly string[]): Rule =>
  (value, pointer, problems) => {
    if (!isRecord(value)) problem(problems, "must be an object", pointer);
    else if (!types.includes(String(value.type))) {
      problem(problems, `unsupported type: ${String(value.type)}`, `${pointer}/type`);
    } else characters(max)(value.text, `${pointer}/text`, problems);
  };

const anyText = (max: number): Rule => textObject(max, "mrkdwn", "plain_text");
const plainText = (max: number): Rule => textObject(max, "plain_text");

const items =
  (max: number, each: Rule): Rule =>
  (value, pointer, problems) => {
    if (!Array.isArray(value)) problem(problems, "must be an array", pointer);
    else if (value.length === 0) problem(problems, "must have at least 1 item", pointer);
    else if (value.length > max) problem(problems, `no more than ${max} items allowed`, pointer);
    else for (const [index, item] of value.entries()) each(item, `${pointer}/${index}`, problems);
  };

const fields =
  (required: Readonly<Record<string, Rule>>, optional: Readonly<Record<string, Rule>> = {}): Rule =>
  (value, pointer, problems) => {
    if (!isRecord(value)) {
      problem(problems, "must be an object", pointer);
      return;
    }
    for (const [name, rule] of Object.entries(required)) {
      if (value[name] === undefined) problem(problems, `missing required field: ${name}`, pointer);
      else rule(value[name], `${pointer}/${name}`, problems);
    }
    for (const [name, rule] of Object.entries(optional)) {
      if (value[name] !== undefined) rule(value[name], `${pointer}/${name}`, problems);
    }
  };

const anything: Rule = () => {};
const ID = characters(255);

const button = fields({ text: plainText(75) }, { action_id: ID, value: characters(2000), url: characters(3000) });
const select = fields({ action_id: ID }, { placeholder: plainText(150), options: items(100, anything) });
const feedback = fields({ text: plainText(75), value: characters(2000) });

const ELEMENTS: Readonly<Record<string, Rule>> = {
  button,
  workflow_button: button,
  overflow: select,
  checkboxes: select,
  radio_buttons: select,
  feedback_buttons: fields({ action_id: ID, positive_button: feedback, negative_button: feedback }),
  icon_button: fields({ action_id: ID, icon: characters(75), text: plainText(75) }),
  image: fields({ alt_text: characters(2000) }),
  plain_text_input: fields({ action_id: ID }),
  rich_text_input: fields({ action_id: ID }),
  number_input: fields({ action_id: ID }),
  datepicker: fields({ action_id: ID }),
  timepicker: fields({ action_id: ID }),
  datetimepicker: fields({ action_id: ID }),
  ...Object.fromEntries(
    ["static", "external", "users", "conversations", "channels"].flatMap((kind) => [
      [`${kind}_select`, select],
      [`multi_${kind}_select`, select],
    ]),
  ),
};

const element: Rule = (value, pointer, problems) => {
  const type = isRecord(value) ? String(value.type) : "";
  const rule = ELEMENTS[type];
  if (rule) rule(value, pointer, problems);
  else problem(problems, `unsupported type: ${type}`, `${pointer}/type`);
};

const contextElement: Rule = (value, pointer, problems) => {
  const isText = isRecord(value) && (value.type === "mrkdwn" || value.type === "plain_text");
  if (isText) anyText(3000)(value, pointer, problems);
  else element(value, pointer, problems);
};

const taskCard = fields({ task_id: ID, title: characters(256), status: characters(20) });

const BLOCKS: Readonly<Record<string, Rule>> = {
  divider: fields({}),
  markdown: fields({ text: characters(MARKDOWN_CHARS_MAX) }),
  header: fields({ text: plainText(150) }),
  image: fields({ alt_text: characters(2000) }, { title: plainText(2000), image_url: characters(3000) }),
  context: fields({ elements: items(10, contextElement) }),
  actions: fields({ elements: items(25, element) }),
  context_actions: fields({ elements: items(5, element) }),
  rich_text: fields({ elements: items(500, fields({ type: characters(50) })) }),
  table: fields({ rows: items(100, items(20, anything)) }),
  data_table: fields({ rows: items(100, items(20, anything)), caption: characters(2000) }),
  task_card: taskCard,
  plan: fields({ title: characters(256) }, { tasks: items(50, taskCard) }),
  alert: fields({ text: anyText(3000) }),
  card: fields({}, { title: anyText(150), subtitle: anyText(150), body: anyText(3000), actions: items(5, button) }),
  carousel: fields({ elements: items(10, anything) }),
  container: fields({ child_blocks: items(50, anything) }),
  data_visualization: fields({}),
  file: fields({ external_id: ID }),
  video: fields({ video_url: characters(3000), alt_text: characters(2000), title: plainText(200) }),
  input: fields({ label: plainText(2000), element }),
  section: (value, pointer, problems) => {
    const parts = { text: anyText(3000), fields: items(10, anyText(2000)), accessory: element };
    fields({}, { ...parts })(value, pointer, problems);
    if (isRecord(value) && value.text === undefined && value.fields === undefined) {
      problem(problems, "missing required field: text or fields", pointer);
    }
  },
};

/** Throws what Slack would answer; gives back the blocks as they are. */
export function validBlocks(value: unknown, blocksMax = MESSAGE_BLOCKS_MAX): readonly Block[] {
  const problems: string[] = [];
  if (!Array.isArray(value)) throw new SlackError("invalid_blocks_format");
  if (value.length > blocksMax) problem(problems, `no more than ${blocksMax} items allowed`, "/blocks");
  const blocks: Block[] = [];
  for (const [index, block] of value.entries()) {
    const pointer = `/blocks/${index}`;
    const type = isRecord(block) ? String(block.type) : "";
    const rule = BLOCKS[type];
    if (!isRecord(block) || !rule) {
      problem(problems, `unsupported type: ${type}`, `${pointer}/type`);
      continue;
    }
    fields({}, { block_id: ID })(block, pointer, problems);
    rule(block, pointer, problems);
    blocks.push({ ...block, type, block_id: typeof block.block_id === "string" ? block.block_id : undefined });
  }
  sameTwice(blocks, problems);
  if (blocks.filter(({ type }) => type === "data_visualization").length > 2) {
    problem(problems, "no more than 2 data_visualization blocks allowed", "/blocks");
  }
  if (problems.length > 0) throw new SlackError("invalid_blocks", problems);
  expandedCount(blocks, blocksMax);
  if (blocksText(blocks).length > BLOCKS_CHARS_MAX) throw new SlackError("msg_blocks_too_long");
  return blocks;
}

/** Slack takes Markdown apart first and counts then. */
export function expandedCount(blocks: readonly Block[], blocksMax = MESSAGE_BLOCKS_MAX): void {
  const count = blocks
    .map((block) => (block.type === "markdown" ? markdownStructures(String(block.text)).length : 1))
    .reduce((sum, each) => sum + each, 0);
  if (count <= blocksMax) return;
  throw new SlackError("invalid_blocks", [`[ERROR] no more than ${blocksMax} items allowed [json-pointer:/blocks]`]);
}

function sameTwice(blocks: readonly Block[], problems: string[]): void {
  const seen = new Set<string>();
  for (const [index, { block_id, elements }] of blocks.entries()) {
    if (block_id !== undefined && seen.has(block_id)) {
      problem(problems, `\`block_id\` already exists: ${block_id}`, `/blocks/${index}/block_id`);
    }
    if (block_id !== undefined) seen.add(block_id);
    const actions = (Array.isArray(elements) ? elements : []).flatMap((each: unknown) =>
      isRecord(each) && typeof each.action_id === "string" ? [each.action_id] : [],
    );
    const doubled = actions.find((action, at) => actions.indexOf(action) !== at);
    if (doubled !== undefined)
      problem(problems, `\`action_id\` already exists: ${doubled}`, `/blocks/${index}/elements`);
  }
}
