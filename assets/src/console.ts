// The console's one script. Each part starts on the page, and again on whatever htmx brings in.

import "./htmx";
import * as account from "./account";
import * as admin from "./admin";
import * as board from "./board";
import * as clocks from "./clocks";
import * as complete from "./complete";
import * as composer from "./composer";
import * as dialog from "./dialog";
import * as fields from "./fields";
import * as inline from "./inline";
import * as fresh from "./fresh";
import * as gallery from "./gallery";
import * as keys from "./keys";
import * as live from "./live";
import * as menus from "./menus";
import * as presence from "./presence";
import * as refresh from "./refresh";
import * as tasks from "./tasks";
import * as oncall from "./oncall";
import * as people from "./people";
import * as palette from "./palette";
import * as pick from "./pick";
import * as queue from "./queue";
import * as recent from "./recent";
import * as returning from "./returning";
import * as rows from "./rows";
import * as select from "./select";
import * as sending from "./sending";
import * as split from "./split";
import * as times from "./times";
import * as toasts from "./toasts";
import * as triage from "./triage";
import * as writing from "./writing";

const PARTS = [
  ...[clocks, times, toasts, menus, keys, palette, recent, sending, live],
  ...[rows, returning, select, pick, split, queue, triage, fresh, board, writing],
  ...[dialog, inline, complete, composer, tasks, presence, people, refresh, account, admin, fields, gallery],
  oncall,
];

function start(root: ParentNode): void {
  for (const part of PARTS) part.start(root);
}

document.addEventListener("htmx:after:process", (event) => {
  if (event.target instanceof Element) start(event.target);
});
start(document);
