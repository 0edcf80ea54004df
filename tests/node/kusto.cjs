// Every query of the pages against Microsoft's own parser, with the columns that Azure Monitor documents:
//
//     NODE_PATH=NODE_MODULES node tests/node/kusto.cjs FILE...

"use strict";

const fs = require("node:fs");

require("@kusto/language-service-next/bridge.min.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.min.js");

/* global Kusto */
const { KustoCode, GlobalState, Symbols } = Kusto.Language;

// The columns of the tables that the queries may use.
const TABLES = {
  AZKVAuditLogs:
    "(TimeGenerated: datetime, OperationName: string, OperationVersion: string, CallerIpAddress: string, ClientInfo: string, CorrelationId: string, DurationMs: int, HttpStatusCode: int, Id: string, Identity: dynamic, Algorithm: string, Properties: dynamic, RequestUri: string, ResultDescription: string, ResultSignature: string, ResultType: string, Tlsversion: string, TrustedService: string, VaultProperties: dynamic, _ResourceId: string)",
  AzureDiagnostics:
    "(TimeGenerated: datetime, ResourceProvider: string, Category: string, OperationName: string, ResultType: string, ResultSignature: string, ResultDescription: string, DurationMs: long, CallerIPAddress: string, CorrelationId: string, Resource: string, ResourceId: string, clientInfo_s: string, requestUri_s: string, httpStatusCode_d: real, id_s: string, identity_claim_appid_g: string, identity_claim_oid_g: string)",
};

const tables = Object.entries(TABLES).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name));
const globals = GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("workspace", tables));

let queries = 0;
const wrong = [];
for (const file of process.argv.slice(2)) {
  for (const [, query] of fs.readFileSync(file, "utf8").matchAll(/^```kusto\n([^]*?)^```$/gm)) {
    queries += 1;
    const problems = KustoCode.ParseAndAnalyze(query, globals).GetDiagnostics();
    for (let i = 0; i < problems.Count; i++) {
      wrong.push(`${file}: ${problems.getItem(i).Message}: ${query}`);
    }
  }
}
console.log(`kusto: ${queries} queries`);
if (queries === 0 || wrong.length > 0) {
  console.error(wrong.join("\n") || "no query was found");
  process.exit(1);
}
