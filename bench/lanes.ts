/** Does `count` things, `lanes` at a time. */
export async function inLanes(count: number, lanes: number, act: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) await act(next++)
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
