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

  /** Says that a cell of the client matrix does not apply, and why. */
  no(cell, reason) {
    console.log(`  no   ${cell}: ${reason}`);
  }

  /** A cell of the client matrix that shows a defect of the client: `body` passes while the defect is there. */
  async red(cell, reason, thread, body) {
    try {
      await body();
    } catch (error) {
      this.failed += 1;
      console.log(`  FAIL ${cell}: not as ${thread} says: ${error.stack ?? error}`);
      return;
    }
    console.log(`  red  ${cell}: ${reason} ${thread}`);
  }

  /** Prints the count on the last line, and sets the exit code. */
  finish() {
    console.log(`${this.passed} passed, ${this.failed} failed`);
    process.exitCode = this.passed > 0 && this.failed === 0 ? 0 : 1;
  }
}
