/**
 * A real browser.
 *
 * @module
 */

import { type Browser, chromium, type Page } from "playwright-core";
import { CHROMIUM, CHROMIUM_FLAGS } from "./chromium.ts";

export interface TabOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: "light" | "dark";
}

/** A tab, with everything that went wrong in it. Disposing it ends the browser. */
export class Tab implements AsyncDisposable {
  readonly page: Page;
  /** Exceptions, and what the console calls an error: refused by policy, not found. */
  readonly faults: string[] = [];
  /** Every address that was asked for. */
  readonly requested: string[] = [];
  readonly #browser: Browser;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.page = page;
    page.on("pageerror", (error) => this.faults.push(String(error)));
    page.on("request", (request) => this.requested.push(request.url()));
    page.on("console", (message) => {
      if (message.type() === "error") this.faults.push(message.text());
    });
  }

  static async open(options: TabOptions = {}): Promise<Tab> {
    const { width = 1280, height = 900, colorScheme = "light" } = options;
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: [...CHROMIUM_FLAGS] });
    return new Tab(browser, await browser.newPage({ viewport: { width, height }, colorScheme }));
  }

  /** Resolves when the element says `text`, and nothing else. */
  async says(selector: string, text: string): Promise<void> {
    await this.page.locator(selector).filter({ hasText: exactly(text) }).waitFor();
  }

  async text(selector: string): Promise<string> {
    return (await this.page.textContent(selector)) ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
  }
}

function exactly(text: string): RegExp {
  return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\s*$`);
}
