// Never run: the compiler finds here what the types promise, and refuses what they do not.

import { ApiError, Faceverify, verifyWebhook, type Outcome } from "../src/index.js";

export async function use(file: File, bytes: ArrayBuffer): Promise<Outcome | null> {
  const faceverify = new Faceverify("https://faces.example.org", "fv_key", { retries: 2 });
  const verdict = await faceverify.compare(file, bytes, { title: "door", false_match_rate: 0.0001, reference_face: 1 });
  for await (const person of faceverify.people({ tag: "staff" })) {
    await faceverify.anchorAdd(person.id, new Uint8Array(bytes), { patience: 0 });
  }
  const { faces, model } = await faceverify.detect(file, { max_faces: 3, signal: AbortSignal.timeout(1000) });
  const width: number | undefined = faces[0]?.bounding_box.width;
  const dry: Outcome = (await faceverify.compareDry(file, file)).outcome;
  const message = await verifyWebhook("whsec_", { "webhook-id": "1" }, "{}");
  console.log(width, model.name, dry, message.type);

  // @ts-expect-error: there is no such rate
  await faceverify.compare(file, file, { false_match_rate: 0.5 });
  // @ts-expect-error: a path is no photo
  await faceverify.detect("a.jpg");
  // @ts-expect-error: a verdict that was not stored has no title
  await faceverify.compareDry(file, file, { title: "door" });

  try {
    await faceverify.delete(verdict.id);
  } catch (error) {
    if (error instanceof ApiError) console.log(error.status, error.remedy);
  }
  return verdict.outcome;
}
