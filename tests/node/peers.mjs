// GitHub's @actions/core and Microsoft's azure-pipelines-task-lib against the program.
//
//     node peers.mjs CASES BINARY FOLDER
//
// CASES is tests/cases/values.json. FOLDER is emptied; what the libraries write is left there for our own
// readers (tests/suite/ci/peers.rs). Each check ends the process with what differs.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

import * as core from "@actions/core";
import tasks from "azure-pipelines-task-lib/taskcommand.js";

import { commands, pairs } from "./runner.mjs";

const [cases, binary, folder] = process.argv.slice(2).map((path) => resolve(path));
const values = [...JSON.parse(readFileSync(cases, "utf8")), "0123456789abcdefghijklmno\n".repeat(950)];

function main() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  coreWritesCommandFilesThatWeRead();
  coreWritesCommandsThatWeRead();
  taskLibWritesCommandsThatWeRead();
  const file = vaultOfAllValues();
  weWriteCommandFilesAsCoreDoes(file);
  weWriteMasksAsCoreDoes(file);
  weWriteAnnotationsAsCoreDoes();
  weWriteCommandsThatTaskLibReads(file);
  weReadInputsAsCoreDoes(file);
  console.log(`@actions/core and azure-pipelines-task-lib agree on ${values.length} values`);
}

function coreWritesCommandFilesThatWeRead() {
  for (const [name, write] of [["GITHUB_ENV", core.exportVariable], ["GITHUB_OUTPUT", core.setOutput]]) {
    const path = join(folder, `core.${name}`);
    writeFileSync(path, "");
    process.env[name] = path;
    values.forEach((value, number) => write(`V${number}`, value));
    assert.deepEqual(pairs(readFileSync(path, "utf8")), named(values), "our port of the runner's reader");
  }
  writeFileSync(join(folder, "values.json"), JSON.stringify(values));
}

const PROPERTIES = { title: "a,b:c%", file: "a,b:c.yml", startLine: 3, endLine: 4, startColumn: 5 };

function coreWritesCommandsThatWeRead() {
  const said = saidBy(() => values.forEach((value) => {
    core.setSecret(value);
    core.error(value, PROPERTIES);
    core.warning(value, PROPERTIES);
    core.notice(value, PROPERTIES);
  }));
  writeFileSync(join(folder, "core.commands"), said);
}

function taskLibWritesCommandsThatWeRead() {
  const line = (value) => `${new tasks.TaskCommand("task.setvariable", { variable: value, issecret: "true" }, value)}\n`;
  writeFileSync(join(folder, "task-lib.commands"), values.map(line).join(""));
}

/** A Secretfile whose secrets V0, V1, … have these values in the embedded vault. */
function vaultOfAllValues() {
  const entry = (number) => `
  - name: V${number}
    kind: static
    config: {default: '\${VALUE_${number}}'}
    targets: [{provider: azure, kind: key_vault, config: {vault_url: 'https://shop-kv.vault.azure.net'}}]`;
  const file = join(folder, "Secretfile.yml");
  writeFileSync(file, `providers: {azure: {kind: azure, auth: {kind: default}}}\nsecrets:${supplied().map(entry).join("")}\n`);
  const given = Object.fromEntries(values.map((value, number) => [`VALUE_${number}`, value]));
  run(["sync", "--file", file, "--local", store()], given);
  return file;
}

function weWriteCommandFilesAsCoreDoes(file) {
  const paths = commandFiles();
  fetch(file, supplied(), (number) => [`env:V${number}`, `output:V${number}`], { GITHUB_ACTIONS: "true", ...paths });
  for (const path of Object.values(paths)) {
    const read = pairs(readFileSync(path, "utf8"));
    assert.deepEqual(read, Object.fromEntries(supplied().map((number) => [`V${number}`, values[number]])));
  }
}

function weWriteMasksAsCoreDoes(file) {
  const said = fetch(file, supplied(), (number) => [`output:V${number}`], { GITHUB_ACTIONS: "true", ...commandFiles() });
  const lines = said.split("\n");
  const isMasked = (value) => !/[\r\n]/.test(value) && value.trim() === value && value.length >= 4;
  for (const value of supplied().map((number) => values[number]).filter(isMasked)) {
    const theirs = saidBy(() => core.setSecret(value)).trimEnd();
    assert.ok(lines.includes(theirs), `no line is ${JSON.stringify(theirs)}`);
  }
}

const ODD_NAME = "a;b],c:d%.yml";

function weWriteAnnotationsAsCoreDoes() {
  const file = join(folder, ODD_NAME);
  writeFileSync(file, "secrets:\n  - name: 50%, a:b\n    knid: x\n");
  const said = run(["validate", "--file", file], { GITHUB_ACTIONS: "true" }, 3);
  const errors = commands(said).filter((command) => command.name === "error");
  assert.ok(errors.length > 0, said);
  for (const { line, data, properties } of errors) {
    assert.equal(properties.file, file);
    const { file: at, line: startLine, col: startColumn } = properties;
    assert.equal(`${line}\n`, saidBy(() => core.error(data, { file: at, startLine, startColumn })));
  }
  const issues = run(["validate", "--file", file], { TF_BUILD: "True" }, 3).split("\n");
  const issue = tasks.commandFromString(issues.find((line) => line.startsWith("##vso[task.logissue")));
  assert.deepEqual([issue.properties.type, issue.properties.sourcepath], ["error", file]);
}

/** In data that library leaves `%3B` and `%5D` as they are; the agent decodes them. */
function weWriteCommandsThatTaskLibReads(file) {
  const carried = supplied().filter((number) => !/[\r\n]|\$\(.*\)/s.test(values[number]));
  const said = fetch(file, carried, (number) => [`env:V${number}`, `output:V${number}`], { TF_BUILD: "True" });
  const all = said.split("\n").filter((line) => line.startsWith("##vso[")).map(tasks.commandFromString);
  const set = all.filter((one) => one.command === "task.setvariable");
  assert.equal(set.length, 2 * carried.length);
  for (const { properties, message } of set) {
    assert.equal(properties.issecret, "true");
    const value = values[Number(properties.variable.slice(1))];
    assert.equal(message, value.replaceAll(";", "%3B").replaceAll("]", "%5D"));
  }
  assert.ok(all.findIndex((one) => one.command === "task.setvariable") > all.findLastIndex((one) => one.command === "task.setsecret"));
}

function weReadInputsAsCoreDoes(file) {
  const [first, second] = supplied();
  const inputs = {
    "INPUT_COMMAND": " fetch\n",
    "INPUT_FILE": `  ${file} `,
    "INPUT_LOCAL": store(),
    "INPUT_EXPORT": `\n  V${first}=output:a \r\n\n\tV${second}=output:b\n`,
  };
  const paths = commandFiles();
  run(["--from-action"], { GITHUB_ACTIONS: "true", ...paths, ...inputs });
  Object.assign(process.env, inputs);
  const asked = core.getMultilineInput("export").map((line) => line.split("=output:"));
  const expected = asked.map(([name, output]) => [output, values[Number(name.slice(1))]]);
  assert.equal(core.getInput("file"), file);
  assert.deepEqual(pairs(readFileSync(paths.GITHUB_OUTPUT, "utf8")), Object.fromEntries(expected));
  for (const word of ["true", "True", "TRUE", "false", "False", "FALSE", " true ", "yes", "1", "tRUE", "no"]) {
    process.env.INPUT_SUMMARY = word;
    const theirs = attempt(() => core.getBooleanInput("summary"));
    const plan = { INPUT_COMMAND: "plan", INPUT_FILE: file, INPUT_LOCAL: store(), INPUT_SUMMARY: word };
    const summary = join(folder, "summary");
    writeFileSync(summary, "");
    const ours = { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary, ...commandFiles(), ...plan };
    run(["--from-action"], ours, theirs === undefined ? 3 : 0);
    // A wrong word stops the run, and the summary says so.
    assert.equal(readFileSync(summary, "utf8") !== "", theirs !== false, word);
  }
}

/** Empty text in a variable counts as absent, so that it cannot be given. */
function supplied() {
  return values.map((_, number) => number).filter((number) => values[number] !== "");
}

function fetch(file, numbers, places, env) {
  const exports = numbers.flatMap((number) => places(number).flatMap((place) => ["--export", `V${number}=${place}`]));
  return run(["fetch", "--file", file, "--local", store(), ...exports], env);
}

/** Runs the program with this environment alone; returns its stdout. */
function run(args, env, code = 0) {
  const ran = spawnSync(binary, args, { cwd: folder, env, encoding: "utf8" });
  assert.equal(ran.status, code, `${args.slice(0, 5).join(" ")}\n${ran.stderr}`);
  return ran.stdout;
}

function saidBy(act) {
  const write = process.stdout.write;
  let said = "";
  process.stdout.write = (text) => ((said += text), true);
  try {
    act();
  } finally {
    process.stdout.write = write;
  }
  return said;
}

function attempt(act) {
  try {
    return act();
  } catch {
    return undefined;
  }
}

function commandFiles() {
  const paths = { GITHUB_ENV: join(folder, "our.env"), GITHUB_OUTPUT: join(folder, "our.output") };
  Object.values(paths).forEach((path) => writeFileSync(path, ""));
  return paths;
}

function named(list) {
  return Object.fromEntries(list.map((value, number) => [`V${number}`, value]));
}

function store() {
  return join(folder, "store");
}

main();
