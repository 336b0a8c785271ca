// The extension with a stand-in for the editor and for its client: what is started, and what it is told.
'use strict';

const assert = require('node:assert');
const Module = require('node:module');
const { test } = require('node:test');

const manifest = require('./package.json');

/** Loads the extension anew, with these settings. */
function load(settings, startFails = false) {
  const seen = { started: [], stopped: 0, commands: {}, onChange: undefined, errors: [], executed: [] };
  const vscode = {
    workspace: {
      getConfiguration: (section) => {
        assert.strictEqual(section, 'zaguan');
        return {
          get: (name, otherwise) => {
            assert.ok(`zaguan.${name}` in manifest.contributes.configuration.properties, name);
            return name in settings ? settings[name] : otherwise;
          },
        };
      },
      onDidChangeConfiguration: (listener) => {
        seen.onChange = listener;
        return {};
      },
    },
    commands: {
      registerCommand: (name, run) => {
        assert.ok(manifest.contributes.commands.some((it) => it.command === name));
        seen.commands[name] = run;
        return {};
      },
      executeCommand: async (...all) => seen.executed.push(all),
    },
    window: {
      showErrorMessage: async (message, choice) => {
        seen.errors.push(message);
        return choice;
      },
    },
  };
  class LanguageClient {
    constructor(id, name, server, options) {
      Object.assign(this, { id, name, server, options });
    }
    async start() {
      if (startFails) throw new Error('ENOENT');
      seen.started.push(this);
    }
    async stop() {
      seen.stopped += 1;
    }
  }
  const stand = { vscode, 'vscode-languageclient/node': { LanguageClient, TransportKind: { stdio: 0 } } };
  const original = Module._load;
  Module._load = (name, ...rest) => (name in stand ? stand[name] : original(name, ...rest));
  try {
    delete require.cache[require.resolve('./extension.js')];
    return { extension: require('./extension.js'), seen };
  } finally {
    Module._load = original;
  }
}

test('the server starts with the settings and stops with the editor', async () => {
  const settings = { path: '/opt/zaguan', baseFolders: ['../base'], environment: 'Development' };
  const { extension, seen } = load(settings);
  const context = { subscriptions: [] };
  await extension.activate(context);
  assert.strictEqual(context.subscriptions.length, 2);
  const [{ server, options }] = seen.started;
  assert.deepStrictEqual([server.command, server.args], ['/opt/zaguan', ['lsp']]);
  assert.deepStrictEqual(options.initializationOptions, {
    baseFolders: ['../base'], environment: 'Development', settingsFile: '', documentation: '',
  });
  await extension.deactivate();
  await extension.deactivate();
  assert.strictEqual(seen.stopped, 1);
});

test('it starts anew where a setting changes, and by the command', async () => {
  const { extension, seen } = load({});
  await extension.activate({ subscriptions: [] });
  assert.strictEqual(seen.started[0].server.command, 'zaguan');
  await seen.onChange({ affectsConfiguration: (name) => name === 'zaguan.trace.server' });
  assert.strictEqual(seen.started.length, 1);
  await seen.onChange({ affectsConfiguration: (name) => name === 'zaguan.environment' });
  await seen.commands['zaguan.restart']();
  assert.deepStrictEqual([seen.started.length, seen.stopped], [3, 2]);
});

test('a program that is not there is told', async () => {
  const { extension, seen } = load({}, true);
  await extension.activate({ subscriptions: [] });
  assert.match(seen.errors[0], /does not start: ENOENT/);
  assert.deepStrictEqual(seen.executed, [['workbench.action.openSettings', 'zaguan.path']]);
  await extension.deactivate();
  assert.strictEqual(seen.stopped, 0);
});
