/** The worker of remote_test.ts: answers what stands under `question`, by a store it is handed. */
import { RemoteStore } from "../../src/store/remote.ts";

const parent = self as unknown as Pick<MessagePort, "onmessage" | "postMessage">;

parent.onmessage = async ({ data }: MessageEvent<MessagePort>) => {
  const store = new RemoteStore(data);
  const [question] = await store.get(["question"]);
  await store.set(`answer to ${question?.value}`, "42", { ttlMs: 60_000 });
  parent.postMessage("done");
};
