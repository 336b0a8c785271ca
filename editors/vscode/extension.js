// Starts `zaguan lsp` for policies.
'use strict';

const vscode = require('vscode');
const { LanguageClient, TransportKind } = require('vscode-languageclient/node');

/** @type {LanguageClient | undefined} */
let client;

// The server itself looks whether an XML file is a policy.
const documents = [
  { scheme: 'file', language: 'xml' },
  { scheme: 'file', pattern: '**/*.xml' },
  { scheme: 'untitled', language: 'xml' },
];

/** What the server is told when it starts. */
function initializationOptions() {
  const settings = vscode.workspace.getConfiguration('zaguan');
  return {
    baseFolders: settings.get('baseFolders', []),
    environment: settings.get('environment', ''),
    settingsFile: settings.get('settingsFile', ''),
    documentation: settings.get('documentation', ''),
  };
}

function makeClient() {
  const command = vscode.workspace.getConfiguration('zaguan').get('path', 'zaguan') || 'zaguan';
  const server = { command, args: ['lsp'], transport: TransportKind.stdio };
  const options = { documentSelector: documents, initializationOptions: initializationOptions() };
  return new LanguageClient('zaguan', 'Zaguán', server, options);
}

async function start() {
  client = makeClient();
  try {
    await client.start();
  } catch (cause) {
    client = undefined;
    const choice = await vscode.window.showErrorMessage(
      `Zaguán's language server does not start: ${cause.message}. Say in the settings where the program is.`,
      'Open settings',
    );
    if (choice) await vscode.commands.executeCommand('workbench.action.openSettings', 'zaguan.path');
  }
}

async function stop() {
  const running = client;
  client = undefined;
  if (running) await running.stop();
}

async function restart() {
  await stop();
  await start();
}

/** @param {vscode.ExtensionContext} context */
async function activate(context) {
  context.subscriptions.push(
    vscode.commands.registerCommand('zaguan.restart', restart),
    vscode.workspace.onDidChangeConfiguration((change) => {
      const startsWith = ['path', 'baseFolders', 'environment', 'settingsFile', 'documentation'];
      return startsWith.some((name) => change.affectsConfiguration(`zaguan.${name}`)) ? restart() : undefined;
    }),
  );
  await start();
}

module.exports = { activate, deactivate: stop };
