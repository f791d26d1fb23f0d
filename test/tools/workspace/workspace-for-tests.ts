// Workspaces in a folder of the test's own, and a tool's context.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Tool, ToolContext } from "../../../src/core/tool.ts";
import type { WorkspaceLimits } from "../../../src/tools/workspace/workspace.ts";
import { createWorkspaces, WORKSPACE_LIMITS } from "../../../src/tools/workspace/workspaces.ts";
import { FakeClock } from "../../support/fake-clock.ts";
import { toolContext } from "../tool-context.ts";

export function workspacesForTests(limits: Partial<WorkspaceLimits> = {}) {
  const folder = mkdtempSync(join(tmpdir(), "signalbox-files-"));
  const clock = new FakeClock();
  const workspaces = createWorkspaces({
    folder: join(folder, "workspaces"),
    clock,
    limits: { ...WORKSPACE_LIMITS, ...limits },
  });
  return { folder, workspaces, clock, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export const contextFor = (more: Partial<ToolContext> = {}): ToolContext => ({ ...toolContext(more.signal), ...more });

export const runTool = async (tool: Tool, args: JsonObject, more: Partial<ToolContext> = {}): Promise<string> =>
  String(await tool.run(args, contextFor(more)));
