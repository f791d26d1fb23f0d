// Words that every text holds, left out of questions (never out of what is stored): articles, pronouns, particles, question
// words, in English and Chinese. Forms are those that search-tokens.ts makes.

const english =
  "a an the and or but if then than so as of at by for from in into on onto to with without about over under between " +
  "i me my mine we us our ours you your yours he him his she her hers it its they them their theirs this that these those there here " +
  "am is are was were be been being do does did doing done have has had having can could will would shall should may might must " +
  "what which who whom whose when where why how s t d m ll re ve don dont doesnt didnt isnt wasnt im ive " +
  "not no yes just also too very please tell say said says again ever some any all each both more most other " +
  "remember recall mention mentioned ask asked know let get got";

/** Pairs and single characters; the pairs are question words and pronouns, not words that carry a subject. */
const chinese =
  "的 了 吗 呢 吧 啊 呀 哦 嗯 是 在 我 你 他 她 它 们 这 那 有 和 与 就 都 也 还 又 把 被 给 对 从 到 为 以 及 个 之 而 但 或 " +
  "么 什 怎 哪 谁 几 很 太 再 才 会 能 要 想 说 过 着 地 得 不 没 吧 请 让 " +
  "什么 怎么 怎样 哪里 哪个 哪些 哪位 哪天 多少 几个 时候 为什 为何 如何 是否 请问 告诉 诉我 一下 一个 我们 你们 他们 她们 咱们 " +
  "这个 那个 这些 那些 可以 没有 有没 还有 就是 不是 是不 的是 是什 是谁 是多 是哪 了吗 了什 的吗 在哪 来着 记得 得吗 之前 说过 提到 到过";

const japanese =
  "の は が を に へ と で も や か な た だ て し い う る れ す ま さ き く け こ です ます した する いる ある";

const stopWords: ReadonlySet<string> = new Set([english, chinese, japanese].flatMap((list) => list.split(" ")));

export const isStopWord = (token: string): boolean => stopWords.has(token);
