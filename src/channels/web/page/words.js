// Every word of the page, in English and Chinese. What the server says to people comes from the server, as it is.

const english = {
  language: "en",
  name: "Signalbox",
  newConversation: "New conversation",
  conversations: "Conversations",
  noConversations: "Past conversations of this browser stand here.",
  untitled: "New conversation",
  clear: "The line is clear",
  clearHint:
    "Write a message below. Everything you send is kept in order and answered, even if the server stops in between.",
  messageLabel: "Message",
  messagePlaceholder: "Write a message …",
  send: "Send",
  stop: "Stop",
  stopping: "Stopping …",
  keys: "Enter sends · Shift+Enter starts a new line · Esc stops",
  connecting: "Connecting …",
  reconnecting: "Reconnecting …",
  refused: "The server does not open this conversation.",
  working: "Working …",
  starting: "Starting …",
  asking: "Waiting for consent",
  pressFailed: "The server could not be reached. Please press again.",
  resumed: "Taken up again after a break",
  waiting: (/** @type {number} */ before) => (before === 1 ? "next in line" : `${before} messages before it`),
  ahead: "Waiting messages",
  withdraw: "Withdraw",
  failed: "Failed",
  cancelled: "Stopped",
  refusedMessage: "Not accepted",
  images: (/** @type {number} */ count) => (count === 1 ? "1 image" : `${count} images`),
  sending: "Sending …",
  notSentYet: "Not sent yet · will be sent as soon as the server can be reached",
  sendAgain: "Send again",
  edit: "Edit",
  discard: "Discard",
  toolArguments: "Arguments",
  toolResult: "Result",
  toolRunning: "running",
  toolStatus: { ok: "done", error: "error", denied: "not allowed", unknown: "outcome unknown", cancelled: "stopped" },
  copy: "Copy",
  copyAnswer: "Copy answer",
  copied: "Copied",
  toBottom: "To the newest",
  earlier: "Show earlier messages",
  stopFailed: "The server could not be reached. Please try to stop again.",
  tooLong: "This message is too long to be sent.",
  answered: "Answer:",
  menu: "Show conversations",
};

/** @type {typeof english} */
const chinese = {
  language: "zh",
  name: "Signalbox",
  newConversation: "新对话",
  conversations: "对话",
  noConversations: "此浏览器中的历史对话会显示在这里。",
  untitled: "新对话",
  clear: "线路畅通",
  clearHint: "在下方输入消息。您发送的每条消息都会按顺序保存并得到回复，即使服务中途停止也不会丢失。",
  messageLabel: "消息",
  messagePlaceholder: "输入消息……",
  send: "发送",
  stop: "停止",
  stopping: "正在停止……",
  keys: "Enter 发送 · Shift+Enter 换行 · Esc 停止",
  connecting: "正在连接……",
  reconnecting: "正在重新连接……",
  refused: "服务器拒绝打开此对话。",
  working: "处理中……",
  starting: "即将开始……",
  asking: "等待批准",
  pressFailed: "无法连接服务器，请再按一次。",
  resumed: "中断后已继续",
  waiting: (before) => (before === 1 ? "下一条处理" : `前面还有 ${before} 条`),
  ahead: "等待中的消息",
  withdraw: "撤回",
  failed: "失败",
  cancelled: "已停止",
  refusedMessage: "未接受",
  images: (count) => `${count} 张图片`,
  sending: "正在发送……",
  notSentYet: "尚未发送 · 连接恢复后会自动发送",
  sendAgain: "重新发送",
  edit: "编辑",
  discard: "放弃",
  toolArguments: "参数",
  toolResult: "结果",
  toolRunning: "运行中",
  toolStatus: { ok: "完成", error: "出错", denied: "无权限", unknown: "结果未知", cancelled: "已停止" },
  copy: "复制",
  copyAnswer: "复制回答",
  copied: "已复制",
  toBottom: "回到最新",
  earlier: "显示更早的消息",
  stopFailed: "无法连接服务器，请再试一次停止。",
  tooLong: "消息过长，无法发送。",
  answered: "回答：",
  menu: "显示对话列表",
};

/** @typedef {typeof english} Words */

/** @type {(language: string) => Words} */
export const wordsFor = (language) => (/^zh\b/i.test(language) ? chinese : english);

/**
 * Writes the words into the page's own parts, which name theirs with data-word, data-label or data-placeholder.
 * @param {Document} page
 * @param {Words} words
 */
export function putWords(page, words) {
  page.documentElement.lang = words.language;
  for (const node of page.querySelectorAll("[data-word], [data-label], [data-placeholder]")) {
    if (!(node instanceof HTMLElement)) continue;
    const { word, label, placeholder } = node.dataset;
    if (word) node.textContent = named(words, word);
    if (label) node.setAttribute("aria-label", named(words, label));
    if (label && node instanceof HTMLButtonElement) node.title = named(words, label);
    if (placeholder) node.setAttribute("placeholder", named(words, placeholder));
  }
}

/** @type {(words: Words, name: string) => string} */
function named(words, name) {
  const word = Object.entries(words).find(([key]) => key === name)?.[1];
  return typeof word === "string" ? word : "";
}
