// Our program as `npm start` puts it together, from the folder it is started in and its environment, with a gauge in it.

import { openApp } from "../../src/main.ts";
import { setUp } from "../../src/wiring/set-up.ts";
import { answerWishes } from "./chat-gauge.ts";

const { app, close } = await openApp(setUp(process.cwd(), process.stdout));
const url = await app.http.listen();
answerWishes({ url, idle: () => app.idle(), stop: () => close(0) });
