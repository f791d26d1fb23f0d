// How Chromium is started: without a window, with nothing of its own on the network, and with every road out but our proxy closed.

const FEATURES_OFF = [
  "AcceptCHFrame",
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "AutofillServerCommunication",
  "BackForwardCache",
  "CertificateTransparencyComponentUpdater",
  "DialMediaRouteProvider",
  "DnsOverHttps",
  "GlobalMediaControls",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "InterestFeedContentSuggestions",
  "LensOverlay",
  "MediaRouter",
  "NetworkPrediction",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "Prerender2",
  "Translate",
  "UseDnsHttpsSvcb",
  "WebBluetooth",
  "WebUSB",
];

export interface FlagOptions {
  /** Such as http://127.0.0.1:40123. */
  readonly proxy: string;
  readonly profile: string;
  /** Chromium's own walls round what a page runs in. */
  readonly isSandboxed: boolean;
}

export const chromiumFlags = ({ proxy, profile, isSandboxed }: FlagOptions): readonly string[] => [
  "--headless",
  // A page nobody asked for would have to come up before anything else can.
  "--no-startup-window",
  "--remote-debugging-pipe",
  `--user-data-dir=${profile}`,
  ...(isSandboxed ? [] : ["--no-sandbox"]),
  // The network: all of it through the proxy, loopback too; no name is looked up here, and nothing goes over UDP.
  `--proxy-server=${proxy}`,
  "--proxy-bypass-list=<-loopback>",
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
  "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
  "--webrtc-ip-handling-policy=disable_non_proxied_udp",
  "--disable-quic",
  "--dns-prefetch-disable",
  "--no-pings",
  // Nothing of its own.
  "--disable-background-networking",
  "--disable-breakpad",
  "--disable-client-side-phishing-detection",
  "--disable-component-extensions-with-background-pages",
  "--disable-component-update",
  "--disable-crash-reporter",
  "--disable-default-apps",
  "--disable-domain-reliability",
  "--disable-extensions",
  "--disable-field-trial-config",
  "--disable-file-system",
  "--disable-notifications",
  "--disable-search-engine-choice-screen",
  "--disable-speech-api",
  "--disable-sync",
  `--disable-features=${FEATURES_OFF.join(",")}`,
  "--metrics-recording-only",
  "--no-default-browser-check",
  "--no-first-run",
  "--no-service-autorun",
  "--password-store=basic",
  "--use-mock-keychain",
  "--deny-permission-prompts",
  // What playwright-core counts on.
  "--allow-pre-commit-input",
  "--disable-back-forward-cache",
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-hang-monitor",
  "--disable-prompt-on-repost",
  "--disable-renderer-backgrounding",
  "--enable-features=CDPScreenshotNewSurface",
  "--force-color-profile=srgb",
  // What it may use of this machine.
  "--disable-gpu",
  "--disable-dev-shm-usage",
  "--disk-cache-size=33554432",
  "--mute-audio",
  "--hide-scrollbars",
  "--js-flags=--max-old-space-size=512",
  "--renderer-process-limit=8",
];
