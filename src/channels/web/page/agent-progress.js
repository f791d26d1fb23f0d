// How far agents at work are: asked for now and then while they are shown, since what they do stands in sessions of their own.

/** @import { AgentProgress } from "./agent-progress.d.ts" */

const EVERY_MS = 3000;

/** @type {typeof import("./agent-progress.d.ts").createAgentProgress} */
export function createAgentProgress({ fetch, clock, onChange }) {
  /** @type {Map<string, string>} */
  const texts = new Map();
  /** @type {readonly string[]} */
  let followed = [];
  let isAsking = false;

  async function ask() {
    for (const taskId of followed) {
      try {
        const response = await fetch(`/api/tasks/${encodeURIComponent(taskId)}/progress`);
        if (response.ok) texts.set(taskId, String((await response.json()).text));
      } catch {
        // The next time will do.
      }
    }
    onChange();
    clock.after(EVERY_MS, () => {
      isAsking = false;
      wake();
    });
  }

  function wake() {
    if (isAsking || followed.length === 0) return;
    isAsking = true;
    void ask();
  }

  return {
    follow(taskIds) {
      followed = taskIds;
      for (const known of texts.keys()) if (!taskIds.includes(known)) texts.delete(known);
      wake();
    },
    textOf: (taskId) => texts.get(taskId) ?? "",
  };
}
