// Runs the cases of one part, one line each, and counts them. The same output as cases.py.

export class Cases {
  passed = 0;
  failed = 0;

  /** Runs one case; a case fails by throwing, and the next ones still run. */
  async run(name, body) {
    const started = performance.now();
    const seconds = () => ((performance.now() - started) / 1000).toFixed(2);
    try {
      await body();
    } catch (error) {
      this.failed += 1;
      console.log(`  FAIL ${name} (${seconds()} s): ${error.stack ?? error}`);
      return;
    }
    this.passed += 1;
    console.log(`  ok   ${name} (${seconds()} s)`);
  }

  /** Prints the count on the last line, and sets the exit code. */
  finish() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.passed > 0 && this.failed === 0 ? 0 : 1;
  }
}
