// Texts to measure the token estimate against, written for this purpose and for nothing else: the weights were not fitted to
// them. Of each kind a few thousand characters of the sort that chats and tools produce.

const english = `The release that went out on Tuesday broke the nightly export for about forty customers. Nobody noticed until
Thursday morning, when a finance team in Rotterdam wrote that their report was empty. I looked through the history and found
that the job had finished "successfully" each time: it read the new column, found nothing in it, and wrote a file with a header
and no rows. The alert we have only fires when the job fails, so it stayed quiet.

Two things went wrong here, and I think they deserve separate fixes. First, the migration filled the column for accounts that
were active in the last thirty days and left the rest for later, but the export was switched over for everyone at once. Second,
an empty export is almost always a mistake, and yet we treat it like any other result. We could refuse to publish a file that is
less than half the size of yesterday's, or at least ask a person before we send it.

I have already rerun the export for the customers who complained and sent them an apology. The others will get a corrected file
tonight, together with a short note that explains what happened. If you would rather tell your own contacts first, please say so
before four o'clock; after that the mail is queued and I cannot easily take it back.

About the longer plan: Maria suggested that we keep both columns for another month and compare them every night. It costs a
little storage and some patience, but it would have caught this on the first day. Jonas is worried that "another month" becomes
another year, as it did with the old billing tables, and he has a point. So let us agree on a date now, write it into the ticket,
and delete the old column on that day unless somebody objects with a reason.

What I need from you: a decision on the size check, someone who can review the backfill script by Friday, and a volunteer for the
customer call next week. It's not a difficult call, they were very understanding, but they'd like to hear from an engineer what
we'll do differently. I'm happy to join if that helps. Thanks, everyone, for staying calm about this one!

> How do I choose between a queue and a plain table?

Short answer: start with the table. A queue earns its keep once several workers compete for the same rows, once you care about
how long things have been waiting, or once a slow consumer must not hold up a fast one. Until then you would be paying for
retries, visibility timeouts and dead-letter handling that nobody asked for. A table with a status column, an index on it and a
worker that wakes up every second is boring, and boring is what you want at three in the morning.

The longer answer depends on ordering. If messages of one conversation have to be handled strictly one after another, most
queues make you choose a partition key and live with the consequences: a single stuck conversation blocks its whole partition,
and rebalancing moves half of your traffic when a machine disappears. With a table you can lock per conversation instead, which
is both simpler to explain and easier to inspect. You open a console, run one query, and see exactly what is waiting and why.
`;

const chinese = `昨天下午的评审会主要讨论了三个问题。第一，移动端登录页在弱网环境下经常白屏，测试同学统计了最近两周的日志，发现大约有百分之三的
用户在首次打开时等待超过十秒。大家认为原因不在后端接口，而是首屏加载了太多没有用到的脚本。小陈建议把统计和客服两个模块改成延迟加载，预计可以减少
一半以上的体积。第二，客户反馈导出的报表里日期格式不统一，有的写成斜杠，有的写成横线，财务部门每个月都要手工修改。产品经理希望统一成年月日的写法，
并且允许管理员自己配置。第三，关于下个季度的预算，王总要求每个小组在本周五之前提交一份简单的说明，写清楚需要多少台服务器、为什么需要，以及如果
不增加会有什么影响。

会后我和运维的同事又单独聊了一下数据库迁移的事情。目前最大的风险是历史数据里有不少重复的订单号，如果直接建立唯一索引，脚本会在中途失败。我们的
想法是先跑一遍检查，把重复的记录导出来，请业务方逐条确认，然后再分批处理。整个过程尽量安排在凌晨，每一批不超过一万条，出现异常就立刻停止并且
回滚。这样虽然慢一些，但是比较安全，也方便跟客户解释。

另外提醒大家：周三晚上八点到十点机房会停电检修，所有测试环境都不可用，请提前保存自己的工作。正式环境不受影响，不过值班的同学最好保持电话畅通。
如果有紧急发布，请先在群里说明原因，并且得到至少两位负责人的同意。还有，新来的实习生已经开通了账号，权限只包括只读的仓库和文档，麻烦各位导师
带他熟悉一下流程，遇到问题多问、多记，不要怕麻烦别人。

最后说一下上次提到的那个奇怪的现象：机器人在群聊里偶尔会重复回答同一个问题。我查了很久，终于发现是消息确认太慢，平台以为我们没有收到，于是又推送
了一次。解决办法其实很简单，先把消息存下来再确认，处理的时候根据消息编号去重就可以了。修改已经合并，下周一跟随新版本一起上线。谢谢小林帮忙复现，
没有他的录屏我大概还要再找三天。祝大家周末愉快，记得多休息！

各位同事：根据公司年度安全检查的安排，信息技术部将于十二月一日至十二月五日对办公网络进行全面升级。升级期间，无线网络可能出现短暂中断，
会议室的投屏设备需要重新配对，打印机地址也会发生变化。请各部门指定一名联络人，于本月二十八日之前将姓名和分机号码报送至行政处。涉及保密资料的
电脑，务必提前备份并关机，严禁私自拆卸机箱或者更换硬盘。对违反规定造成数据泄露的，将按照员工手册第七章处理。

老李，那台旧服务器你还要吗？风扇吵得像拖拉机，隔壁组已经抱怨好几回了。要是不用，我周末找辆车拉去仓库，顺便把柜子里那堆落灰的网线也扔掉。
对了，上回你借我的螺丝刀忘在机房门口的窗台上，保安大爷替我收着呢。晚上要不要一起去吃羊肉火锅？听说街角新开了一家，蘸料特别香，就是排队久了
点。我请客，算是感谢你帮我熬夜查那个诡异的内存泄漏。

所谓“幂等”，是指同一个操作执行一次和执行多次的效果相同。例如把灯的状态设置为“打开”是幂等的，而“切换一下开关”就不是。在分布式系统
中，网络超时并不意味着请求失败：服务端可能已经完成了写入，只是响应在途中丢失。客户端如果盲目重试，便会产生重复的订单、重复的扣款，甚至重复的
通知。常见的解决方案有三种：一是由客户端生成唯一的请求标识，服务端据此去重；二是借助数据库的唯一约束，让第二次插入自然失败；三是把操作改写成
带条件的更新，只有当版本号与预期一致时才生效。三者各有利弊，需要结合业务的吞吐量、延迟以及一致性要求来权衡。值得注意的是，去重记录不可能永久
保留，因此必须明确过期策略，否则存储空间迟早会被耗尽。

秋天的杭州总让人舍不得离开。清晨沿着西湖慢慢走，薄雾还没有散尽，远处的山像一幅淡墨画。卖桂花糕的阿姨推着小车从断桥边经过，热气腾腾的甜味混着
湖水的潮气扑面而来。几位老先生在亭子里下棋，旁边的收音机咿咿呀呀唱着越剧。我忽然想起小时候外婆牵着我的手，也是在这样的早晨，她指着残荷对我说：
荷花谢了不要紧，藕还在泥里长着呢。
`;

const code = `import { createHash } from "node:crypto";
import type { Readable } from "node:stream";

export interface UploadOptions {
  readonly bucket: string;
  readonly partBytes?: number;
  readonly retries?: number;
}

const DEFAULT_PART_BYTES = 8 * 1024 * 1024;

export class MultipartUpload {
  readonly #client: StorageClient;
  readonly #parts: { readonly number: number; readonly etag: string }[] = [];
  #uploadId: string | undefined;

  constructor(client: StorageClient, private readonly options: UploadOptions) {
    this.#client = client;
  }

  async run(key: string, body: Readable, signal: AbortSignal): Promise<string> {
    const { bucket, partBytes = DEFAULT_PART_BYTES, retries = 3 } = this.options;
    this.#uploadId = await this.#client.createUpload({ bucket, key });
    let number = 0;
    try {
      for await (const chunk of inPieces(body, partBytes)) {
        signal.throwIfAborted();
        number += 1;
        const etag = await withRetries(retries, () => this.#send(key, number, chunk, signal));
        this.#parts.push({ number, etag });
      }
      if (this.#parts.length === 0) throw new Error(\`nothing to upload for \${key}\`);
      return await this.#client.completeUpload({ bucket, key, uploadId: this.#uploadId, parts: this.#parts });
    } catch (error) {
      await this.#client.abortUpload({ bucket, key, uploadId: this.#uploadId }).catch(() => undefined);
      throw error;
    }
  }

  async #send(key: string, partNumber: number, chunk: Uint8Array, signal: AbortSignal): Promise<string> {
    const md5 = createHash("md5").update(chunk).digest("base64");
    const response = await this.#client.put(\`/\${key}?partNumber=\${partNumber}&uploadId=\${this.#uploadId}\`, {
      body: chunk,
      headers: { "Content-MD5": md5, "Content-Length": String(chunk.byteLength) },
      signal,
    });
    if (response.status !== 200) throw new UploadError(response.status, await response.text());
    return response.headers.get("etag") ?? "";
  }
}

def merge_intervals(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Merge overlapping half-open intervals; the input need not be sorted."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(intervals):
        if start >= end:
            raise ValueError(f"empty interval: [{start}, {end})")
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged

SELECT o.id, o.customer_id, SUM(l.quantity * l.unit_price) AS total
  FROM orders o
  JOIN order_lines l ON l.order_id = o.id
 WHERE o.created_at >= date_trunc('month', now()) AND o.status IN ('paid', 'shipped')
 GROUP BY o.id, o.customer_id
HAVING SUM(l.quantity * l.unit_price) > 1000
 ORDER BY total DESC LIMIT 50;
`;

const people = ["Amelie Braun", "周晓燕", "Kofi Mensah", "Laura Ortiz", "田中 健", "Priya Nair", "Tom O'Neil", "刘洋"];
const orders = people.map((name, index) => ({
  orderId: `ORD-2026-${String(48_213 + index * 977).padStart(6, "0")}`,
  customer: {
    name,
    email: `user${index * 31}@example.org`,
    phone: `+49 30 ${9_012_345 + index * 811}`,
    vip: index % 3 === 0,
  },
  items: [
    { sku: `KB-${102 + index}`, title: "Mechanical keyboard, US layout", quantity: 1 + (index % 2), unitPrice: 119.9 },
    { sku: "CBL-USBC-2M", title: "USB-C cable 2 m", quantity: 3, unitPrice: 8.49 + index },
  ],
  shipping: { method: "express", street: "Lindenstraße 12", city: "Berlin", zip: "10969", tracking: null },
  createdAt: `2026-11-${10 + index}T0${index}:4${index}:17.${100 + index}Z`,
  notes: index % 2 === 0 ? "Please ring twice." : "",
}));
const json = `${JSON.stringify(orders.slice(0, 4), null, 2)}\n${JSON.stringify(orders.slice(4))}`;

const logs = `2026-11-21T08:14:02.317Z INFO  [http] GET /api/sessions/dm:U0482/events 200 12ms ip=10.4.17.203 ua="Mozilla/5.0"
2026-11-21T08:14:02.981Z WARN  [queue] lane=slack:C07AB waited 4182ms (limit 3000ms), 7 behind it
2026-11-21T08:14:03.004Z ERROR [provider] anthropic/claude-sonnet-5-5 failed attempt=2 status=529 code=overloaded_error requestId=req_011CVx8Kq2
Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}
    at APIError.generate (/srv/app/node_modules/@anthropic-ai/sdk/core/error.js:61:20)
    at Anthropic.makeStatusError (/srv/app/node_modules/@anthropic-ai/sdk/client.js:184:32)
    at Anthropic.makeRequest (/srv/app/node_modules/@anthropic-ai/sdk/client.js:331:24)
    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)
    at async runAttempt (/srv/app/src/runtime/model-chain.ts:142:19)
2026-11-21T08:14:05.120Z INFO  [provider] retrying in 1840ms with openai/gpt-5.6-terra
2026-11-21T08:14:09.558Z INFO  [runner] task 01JD8Q6W3E done steps=5 tokens=18433 cached=15920 usd=0.0412
total 64
drwxr-xr-x 12 deploy deploy  4096 Nov 21 08:02 .
drwxr-xr-x  5 root   root    4096 Oct  3 11:47 ..
-rw-r--r--  1 deploy deploy  1843 Nov 20 19:31 README.md
-rw-r--r--  1 deploy deploy 88214 Nov 20 19:31 package-lock.json
-rwxr-xr-x  1 deploy deploy   512 Sep 14 09:05 start.sh
Filesystem      Size  Used Avail Use% Mounted on
/dev/nvme0n1p2  234G  171G   52G  77% /
tmpfs           7.8G     0  7.8G   0% /dev/shm
 PASS  test/runtime/queue.test.ts (24 tests) 812ms
 FAIL  test/runtime/outbox.test.ts > sends each message once
AssertionError: expected 2 to be 1 // Object.is equality
commit 9f3c1e07ab52d46c8e90b7735d1f0a6284cc13be
Author: Priya Nair <priya@example.org>
Date:   Fri Nov 20 18:02:11 2026 +0100
 src/runtime/outbox.ts | 18 ++++++++++--------
 2 files changed, 31 insertions(+), 8 deletions(-)
Nov 21 08:15:40 web-2 kernel: [81234.551902] Out of memory: Killed process 20817 (node) total-vm:11873456kB, anon-rss:7912044kB
2026-11-21T08:16:11.002Z DEBUG [cache] hit=0.93 keys=10482 evicted=117 bytes=73400320
npm warn deprecated inflight@1.0.6: This module is not supported, and leaks memory. Do not use it.
added 412 packages, and audited 413 packages in 19s
10.4.17.203 - - [21/Nov/2026:08:17:55 +0000] "POST /slack/events HTTP/1.1" 200 2 "-" "Slackbot 1.0 (+https://api.slack.com/robots)"
10.4.9.66 - - [21/Nov/2026:08:17:56 +0000] "GET /metrics HTTP/1.1" 200 18743 "-" "Prometheus/2.54.1"
{"level":40,"time":1795249081337,"pid":1,"hostname":"web-2","session":"feishu:oc_7d3f0b81","msg":"draft card expired, sending text"}
{"level":30,"time":1795249082004,"pid":1,"hostname":"web-2","task":"01JD8QB2MZ","tool":"web_fetch","durationMs":1412,"bytes":20480}
Traceback (most recent call last):
  File "/srv/tools/count_words/count_words.py", line 31, in <module>
    print(json.dumps(count(sys.stdin.read())))
  File "/srv/tools/count_words/count_words.py", line 17, in count
    return {"words": len(text.split()), "lines": text.count("\\n")}
AttributeError: 'NoneType' object has no attribute 'split'
  PID USER      PR  NI    VIRT    RES  S  %CPU  %MEM     TIME+ COMMAND
20817 deploy    20   0 11.3g   7.5g   R  98.7  47.9  12:41.30 node
  914 postgres  20   0  214m   31m    S   0.3   0.2   3:07.88 postgres: writer
ok 1 - outbox.reconcile (3.114 ms)
not ok 2 - outbox.retry # timeout after 5000 ms
`;

const mixed = `@小林 看一下这个 PR：https://github.com/acme/signal-box/pull/1482 ，CI 挂在 \`test/runtime/outbox.test.ts\`，报错是
\`AssertionError: expected 2 to be 1\`。我怀疑是 #1479 引入的，那次把 retry 从 3 改成了 5。

Sure, I can reproduce it on Node 24.21 👍 It only fails when the fake clock jumps over 30s. 我先回滚 retry 的改动，then we can
look at the idempotency key (\`uuid\`) separately.

## 复现步骤 / Steps
1. \`npm run test -- outbox --seed 42\`
2. 等待大约 30 秒（or set \`OUTBOX_TICK_MS=50\`）
3. 查看 \`data/outbox.db\`，表 \`outbox\` 里有两条 \`message_id = om_dc13264520392913\` 的记录

| env | 版本 | 结果 | p95 (ms) |
|---|---|---|---|
| staging | v1.18.2 | ✅ 正常 | 412 |
| prod-cn | v1.18.3 | ❌ 重复发送 12 次 | 1,904.5 |
| prod-eu | v1.18.3 | ⚠️ flaky | 688 |

> 王伟：客户那边（Müller GmbH，合同金额 ¥128,000.00）今天 17:30 之前要一个答复，麻烦先给个结论。

结论：**不是平台的问题**，是我们在 ack 之前 crash 了。Fix 很小，大概 15 行，见下：
\`\`\`ts
if (row.state === "sending" && clock.now() - row.sentAt > SEND_TIMEOUT_MS) await reconcile(row);
\`\`\`
Deploy 计划：先 canary 10%，观察 1h，没问题再全量。rollback 用 \`./deploy.sh --to v1.18.2\`。🙏 Thanks all, 辛苦了～

[system note] The request above ended as failed: the provider cannot be reached.

小林: 收到，我这边看了下 Grafana，10:42 到 10:57 之间 error rate 从 0.2% 涨到 6.8%，刚好是 canary 扩到 50% 的时候。Heap 也不对劲，
RSS 1.9 GB → 3.4 GB，像是 event listener 没有移除。

\`\`\`json
{"level":"warn","msg":"MaxListenersExceededWarning","emitter":"AbortSignal","count":11,"session":"feishu:oc_7d3f0b","用户":"ou_a81c"}
\`\`\`

Tom: Good catch! \`AbortSignal.any([...])\` keeps a reference to every source signal, so long-lived parents leak. 建议用 \`using\` 或者在
finally 里手动 removeEventListener。I'll open a ticket (INFRA-2291) and assign it to 周晓燕，deadline 下周三 2026-11-25。

- [x] 回滚到 v1.18.2（14:05 完成，deploy id \`dpl_8Xk2Qw\`）
- [x] 通知客户：Müller GmbH、华东二区三家代理商
- [ ] 补一个 regression test，跑 1,000 次不许失败
- [ ] 更新 runbook：https://wiki.acme.example/ops/outbox?lang=zh#重复发送

PS: 报销单请填 ￥3,482.50（高铁 G7352 上海虹桥→杭州东 ¥73 × 2，酒店 2 晚），发票抬头“示例科技（上海）有限公司”。
`;

export const corpus = { english, chinese, code, json, logs, mixed } as const;
export type CorpusKind = keyof typeof corpus;

/**
 * What Claude counts for these texts, its frame around a message left out: 3 to 4.6, then 4.7 and later. Reckoned once with the
 * ctok reconstruction (commit 70872fd), whose counts agree with the vendor's on its own 250 documents; a changed text needs new ones.
 */
export const claudeCounts: Readonly<Record<CorpusKind, readonly [claude3: number, claude47: number]>> = {
  english: [688, 915],
  chinese: [1_814, 1_814],
  code: [891, 1_164],
  json: [1_817, 2_230],
  logs: [1_467, 1_801],
  mixed: [1_061, 1_213],
};
