// What is asked of the notes, by kind, with the notes that answer it. A question may have several; each counts.

export type QuestionKind = "lexical" | "identifier" | "name" | "date" | "update" | "cross-language" | "paraphrase";

export interface Question {
  readonly kind: QuestionKind;
  readonly query: string;
  /** In both languages, as the tool tells a model to give them. */
  readonly keywords: readonly string[];
  readonly wants: readonly string[];
}

/** Questions of the 15th of June 2026. */
export const ASKED_AT = Date.UTC(2026, 5, 15, 9);

const asked: Readonly<Record<QuestionKind, string>> = {
  lexical: `
支付回调超时是什么原因？||n6
登录页白屏的原因||n14
为什么不用 Kafka|| n26 n27
备份策略是怎样的？||n40
内存泄漏是怎么修复的||n61 n62
API rate limit||n36
when do session cookies expire?||n22
灰度发布怎么切流量||n88
keep-alives and idle connections||n95
团建在哪里集合？||n16
mysql 慢查询阈值||n85
资料库迁移的测试报告||n97
压测的瓶颈||n75
which database port does staging use?||n1 n60`,
  identifier: `
HT-2026-0417||n4 n50
what is INV-88213 about?||n5
inv88213||n5
INC-3391 是什么事故||n31
pull request 482||n15
9f3c2ab||n15
E_QUOTA_EXCEEDED||n58
v2.15.0||n54
航班 LH2037||n29
dwd_order_detail 表||n44
0oa7x2kq9Yb||n83
/var/lib/loki/chunks||n93
nightly-settlement 为什么失败||n47
grafana dashboards url||n19`,
  name: `
周启明是谁？||n28 n56
Ingrid Solheim||n39 n66
who is Greta?||n96
陈晓负责什么||n18
刘洋接手了谁的工作||n82 n87
蓝鲸科技做了什么||n64
What did Marco say about Lisbon?||n45 n74 n96
云账通是什么||n35`,
  date: `
3月20日有什么活动？||n16 n38
what happened on April 18?||n53 n60
2026-05-18 发生了什么||n70 n77
昨天晚上上线了什么||n99
what did we do in the maintenance on 18 April 2026||n53 n60
上周三李娜说了什么||n94
3月16日的故障||n31 n32
五一放假到哪天||n65
what is scheduled for June 24?||n90
前天值班发生了什么||n98
what did Ann write last Thursday||n95`,
  update: `
打印机密码现在是多少||n92
活跃用户的定义是最近几天||n91
when does the Lisbon office open?||n74
销售日报几点发送||n63
how long are audit logs kept?||n72
production database port||n60
Pro plan price now||n69
网关现在是什么版本||n54`,
  "cross-language": `
数据库故障的根本原因是什么？|root cause, outage, disk full, 根本原因, 磁盘|n31 n32
谁对花生过敏|peanut allergy, 花生, 过敏|n37
who is allergic to peanuts?|peanut, allergy, 花生, 过敏|n37
when is the fire drill?|fire drill, 消防演习, 消防|n100
里斯本办公室的租金|Lisbon office rent, 里斯本, 租金|n45
what was the final quote for Yuanhang?|quote, price, Yuanhang, 远航, 报价|n43
证书什么时候过期|certificate expires, TLS, 证书, 过期|n78 n48
work from home days|work from home, remote, 居家办公, 在家|n46
柏林办公室什么时候退租|Berlin office, notice, leave, 柏林, 退租|n59
churn rate|churn rate, 流失率, 用户流失|n57
速率限制是多少|rate limit, requests per minute, 速率限制, 限流|n36
单点登录用的是什么|single sign-on, SSO, Okta, 单点登录|n52 n83 n99`,
  paraphrase: `
有谁不能吃坚果类的东西||n37
who does not eat meat?||n12
服务器室太热了那件事||n68
how fast should we reply to clients?||n10
什么时候不允许上线||n89
谁来代替休假的行政同事||n82 n87
which message broker did we choose?||n26
手机短信发不出去的问题||n98
报告应该写多长||n80
the site was down at night||n31
新人坐在哪里||n9
保险公司什么时候来检查||n90`,
};

export const questions: readonly Question[] = Object.entries(asked).flatMap(([kind, lines]) =>
  lines
    .trim()
    .split("\n")
    .map((line) => {
      const [query = "", keywords = "", wants = ""] = line.split("|").map((part) => part.trim());
      return {
        kind: kind as QuestionKind,
        query,
        keywords: keywords === "" ? [] : keywords.split(", "),
        wants: wants.split(" "),
      };
    }),
);
