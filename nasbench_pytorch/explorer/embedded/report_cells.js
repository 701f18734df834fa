/** Script of a report of many cells: its map. */

import { showReportMap } from "./report_map.js";

showReportMap();
