// A work conversation of our own making, Chinese and English mixed as in a real team, with things that are easily confused. What
// is asked of it stands in retrieval-questions.ts.

export interface Note {
  readonly id: string;
  /** `2026-03-02 09:10`, UTC. */
  readonly at: string;
  readonly speaker: string;
  readonly text: string;
}

const conversation = `
n1|2026-03-02 09:10|Ann|Morning. The staging database moved to the new cluster, it listens on port 5433 now.
n2|2026-03-02 09:12|王伟|收到，我把测试环境的连接串一起改掉。
n3|2026-03-02 09:40|Ann|Production stays on 5432 until the maintenance window in April.
n4|2026-03-02 14:05|李娜|客户“远航物流”的合同编号是 HT-2026-0417，法务还在审。
n5|2026-03-02 14:20|Marco|The invoice for Northwind is INV-88213, 12,400 euros, due at the end of March.
n6|2026-03-03 10:00|王伟|支付回调偶尔超时，我怀疑是网关的重试间隔太短。
n7|2026-03-03 10:15|Ann|Which gateway version are we running?
n8|2026-03-03 10:16|王伟|v2.14.3，上周刚升级。
n9|2026-03-03 16:30|张敏|新同事陈晓下周一入职，工位安排在三楼靠窗那一排。
n10|2026-03-04 09:05|Marco|I prefer that we answer customers within four hours, not within a day.
n11|2026-03-04 11:00|李娜|大家中午去吃兰州拉面吗？我请客。
n12|2026-03-04 11:02|Ann|I'm vegetarian, is there something without meat?
n13|2026-03-04 11:03|李娜|有素面，没问题。
n14|2026-03-05 10:30|王伟|登录页在 Safari 上白屏，原因是 polyfill 没有打包进去。
n15|2026-03-05 15:45|Ann|The login fix is merged: commit 9f3c2ab, pull request #482.
n16|2026-03-06 09:00|张敏|三月的团建定在 3 月 20 日，地点是青龙山，早上八点公司门口集合。
n17|2026-03-06 13:30|Marco|Travel budget for the second quarter is 18,000 euros.
n18|2026-03-09 10:00|陈晓|大家好，我是陈晓，以后负责数据报表。
n19|2026-03-09 10:02|Ann|Welcome! The dashboards are at https://grafana.example.net/d/ops-main
n20|2026-03-09 17:20|李娜|远航物流要求报价里包含三年维保。
n21|2026-03-10 09:15|王伟|缓存从 Memcached 换成了 Redis，过期时间统一设成 30 分钟。
n22|2026-03-10 11:30|Ann|Session cookies expire after 12 hours, by the way.
n23|2026-03-10 15:00|Marco|The meeting with Northwind is moved from Tuesday to Thursday, 14:00.
n24|2026-03-11 09:30|陈晓|销售日报每天早上七点自动发送到运营群。
n25|2026-03-11 16:10|张敏|打印机的密码改成 printer-7731 了，请不要外传。
n26|2026-03-12 10:00|Ann|We decided against Kafka: too heavy for our volume. We stay with the Postgres queue.
n27|2026-03-12 10:20|王伟|同意，消息量一天不到十万条，没必要上 Kafka。
n28|2026-03-12 14:40|李娜|远航的项目经理换人了，新的联系人叫周启明，电话 139-0000-2718。
n29|2026-03-13 09:50|Marco|My flight to Hamburg is LH2037 on the 17th, back on the 19th.
n30|2026-03-13 17:00|陈晓|报表里的“活跃用户”指最近 14 天内登录过的账号。
n31|2026-03-16 09:20|王伟|昨晚 02:40 主库磁盘写满，服务中断了 23 分钟，工单号 INC-3391。
n32|2026-03-16 09:45|Ann|Root cause: the audit log was never rotated. I added logrotate with a seven day retention.
n33|2026-03-16 11:10|Marco|Please tell the customers about the outage before noon.
n34|2026-03-16 11:40|李娜|已经给所有客户发了说明邮件。
n35|2026-03-17 10:00|张敏|报销系统换成了“云账通”，旧系统月底关闭。
n36|2026-03-18 15:30|Ann|The API rate limit is 600 requests per minute per key.
n37|2026-03-19 09:10|陈晓|我对花生过敏，聚餐的时候麻烦注意一下。
n38|2026-03-20 18:00|张敏|今天团建大家辛苦了，照片在共享盘 /team/2026-03-20。
n39|2026-03-23 10:10|Marco|Northwind signed. Kick-off is on April 7, their lead is Ingrid Solheim.
n40|2026-03-23 14:00|王伟|备份策略：每天凌晨三点全量，每小时增量，保留三十天。
n41|2026-03-24 09:30|Ann|Nightly builds fail since the Node 24 upgrade; the culprit is the native module sharp.
n42|2026-03-24 11:20|Ann|Fixed by pinning sharp to 0.33.5.
n43|2026-03-25 16:00|李娜|远航最终报价 86 万元，含税，分三期付款。
n44|2026-03-26 10:45|陈晓|数据仓库的表名统一用 dwd_ 前缀，比如 dwd_order_detail。
n45|2026-03-27 13:15|Marco|The office in Lisbon opens on June 1. Rent is 4,200 euros a month.
n46|2026-03-30 09:00|张敏|四月起周三可以居家办公。
n47|2026-03-31 17:30|王伟|定时任务 nightly-settlement 连续两天失败，因为银行接口证书过期。
n48|2026-04-01 10:00|Ann|I renewed the bank certificate, it is valid until 2027-04-01.
n49|2026-04-02 09:40|Marco|Let's raise the price of the Pro plan from 29 to 35 dollars in May.
n50|2026-04-02 15:20|李娜|合同 HT-2026-0417 法务审完了，可以盖章。
n51|2026-04-03 11:00|陈晓|清明节值班表：4 日王伟，5 日 Ann，6 日陈晓。
n52|2026-04-07 16:00|Marco|Kick-off with Northwind went well. They want single sign-on with Okta first.
n53|2026-04-08 09:30|Ann|The maintenance window is on April 18, 01:00 to 05:00 UTC.
n54|2026-04-09 10:10|王伟|网关升级到 v2.15.0，超时问题没有再出现。
n55|2026-04-10 14:00|张敏|会议室“黄河”的投影仪坏了，先用“长江”。
n56|2026-04-13 09:20|李娜|周启明说验收推迟到五月中旬。
n57|2026-04-14 11:45|陈晓|用户流失率上个月是 4.2%，比二月低了 0.6 个百分点。
n58|2026-04-15 10:30|Ann|Error E_QUOTA_EXCEEDED means that the tenant used up its storage.
n59|2026-04-16 17:00|Marco|I gave notice for the old Berlin office, we leave at the end of July.
n60|2026-04-18 05:20|Ann|Maintenance done: production moved to the new cluster as well, port 5433 everywhere.
n61|2026-04-20 09:10|王伟|搜索服务内存泄漏，重启可以暂时缓解，正在抓堆快照。
n62|2026-04-21 13:30|王伟|内存泄漏找到了：监听器没有移除，已在 search-api 1.8.2 修复。
n63|2026-04-22 10:00|陈晓|日报改成早上九点发送，七点太早没人看。
n64|2026-04-23 15:00|李娜|竞品“蓝鲸科技”把价格降了两成。
n65|2026-04-24 09:00|张敏|五一放假从 5 月 1 日到 5 月 5 日，4 月 26 日补班。
n66|2026-04-27 11:10|Marco|Ingrid asked for an export as CSV, semicolons instead of commas.
n67|2026-04-28 10:20|Ann|Feature flag new-editor is on for ten percent of the users.
n68|2026-04-29 16:40|王伟|服务器机房空调故障，温度到了 34 度，已经报修。
n69|2026-05-06 09:30|Marco|The new price of the Pro plan is live: 35 dollars.
n70|2026-05-07 10:15|李娜|远航的验收定在 5 月 18 日上午，在他们苏州仓库。
n71|2026-05-08 14:00|陈晓|埋点 SDK 升级后，iOS 的点击事件少了大约 8%。
n72|2026-05-11 09:45|Ann|I moved the retention of audit logs from seven to ninety days, compliance asked for it.
n73|2026-05-12 10:30|张敏|公司新的门禁卡在前台领取，旧卡周五失效。
n74|2026-05-13 17:15|Marco|Lisbon is delayed: the office opens on July 1, the fire inspection is missing.
n75|2026-05-14 11:00|王伟|压测结果：单机 3200 QPS，瓶颈在 JSON 序列化。
n76|2026-05-15 15:30|李娜|竞标书里要写清楚数据存放在国内。
n77|2026-05-18 18:00|李娜|远航验收通过，只提了两个小问题。
n78|2026-05-19 09:10|Ann|The TLS certificate of api.example.net expires on August 9.
n79|2026-05-20 10:00|陈晓|陈列图的颜色对色盲用户不友好，换成蓝橙配色。
n80|2026-05-21 14:20|Marco|I'd like the weekly report to be one page at most, bullet points, no jargon.
n81|2026-05-22 16:00|王伟|主从延迟超过 5 秒就会报警，发到值班群。
n82|2026-05-25 09:30|张敏|张敏六月休产假，她的工作由刘洋接手。
n83|2026-05-26 11:40|Ann|Okta login works on staging; the client id is 0oa7x2kq9Yb.
n84|2026-05-27 10:10|Marco|Northwind pays the second instalment once single sign-on is in production.
n85|2026-05-28 15:50|陈晓|ＭｙＳＱＬ的慢查询阈值设为２秒。
n86|2026-05-29 17:20|李娜|客户满意度回访平均 4.6 分。
n87|2026-06-01 09:00|刘洋|大家好，我接替张敏，行政的事情以后找我。
n88|2026-06-02 10:20|王伟|灰度发布先切 5% 流量，观察半小时再放大。
n89|2026-06-03 13:10|Ann|Please never deploy on Fridays after 15:00.
n90|2026-06-04 09:50|Marco|The audit by the insurance company is scheduled for June 24.
n91|2026-06-05 16:30|陈晓|指标口径更新：“活跃用户”改为最近 7 天内登录过的账号。
n92|2026-06-08 10:00|刘洋|打印机密码又换了，现在是 printer-9046。
n93|2026-06-09 11:15|王伟|日志平台的保存路径是 /var/lib/loki/chunks。
n94|2026-06-10 14:40|李娜|远航第二期款 28 万元今天到账了。
n95|2026-06-11 09:25|Ann|The load balancer drops idle connections after 60 seconds, so clients must send keep-alives.
n96|2026-06-12 10:35|Marco|My assistant Greta handles the bookings for the Lisbon trip.
n97|2026-06-12 15:00|陳曉|資料庫遷移的測試報告已經放到共享資料夾。
n98|2026-06-13 20:10|王伟|周末值班发现短信通道余额不足，已充值两千元。
n99|2026-06-14 19:30|Ann|Okta went live in production tonight, no incidents.
n100|2026-06-15 08:50|刘洋|今天下午三点消防演习，请大家走楼梯。
`;

export const notes: readonly Note[] = conversation
  .trim()
  .split("\n")
  .map((line) => {
    const [id = "", at = "", speaker = "", ...text] = line.split("|");
    return { id, at, speaker, text: text.join("|") };
  });
