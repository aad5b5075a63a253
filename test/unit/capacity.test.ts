import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { Clock } from '../../bench/capacity/clock.ts'
import { compare } from '../../bench/capacity/comparison.ts'
import { Machine } from '../../bench/capacity/machine.ts'
import { seeded } from '../../bench/capacity/random.ts'
import { tables } from '../../bench/capacity/tables.ts'

it('the simulation comes within 20 % of what was measured, except where the reason is known', async () => {
  const comparisons = await compare()
  const namesOf = (chosen: typeof comparisons) => chosen.map(({ benchmark }) => benchmark)
  const known = comparisons.filter(({ outside }) => outside !== undefined)
  expect(namesOf(comparisons.filter(({ isWithin }) => !isWithin))).toEqual(namesOf(known))
})

it('docs/capacity.md has the tables that the simulation prints', async () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/capacity.md'), 'utf8')
  const marked = page.matchAll(/<!-- capacity (\w+) -->\n\n([^]*?)\n\n<!-- \/capacity -->/g)
  const documented = Object.fromEntries([...marked].map(([, name, table]) => [name, table]))
  expect(documented).toEqual(await tables())
})

it('a thread makes work wait as long as the queueing theory of one server says', async () => {
  const [jobs, us, load] = [20_000, 100, 0.5]
  const [clock, random] = [new Clock(), seeded(1)]
  const thread = new Machine({ clock, cores: 1, random, wakeUs: 0 }).thread()
  let took = 0
  const job = async () => {
    const begun = clock.now
    await thread.work(us)
    took += clock.now - begun
  }
  const arrive = async () => {
    const done: Promise<void>[] = []
    for (let count = 0; count < jobs; count++) {
      await clock.wait((-Math.log(1 - random()) * us) / load)
      done.push(job())
    }
    await Promise.all(done)
  }
  await clock.run(arrive())
  // Pollaczek and Khinchine, for services that are evenly spread from 50 to 150 µs: their variance is 100² / 12.
  const waitUs = (load * us * (1 + 1 / 12)) / (2 * (1 - load))
  expect(took / jobs / (us + waitUs)).toBeCloseTo(1, 1)
})

it('threads of one machine share its cores', async () => {
  const clock = new Clock()
  const machine = new Machine({ clock, cores: 2, random: () => 0.5, wakeUs: 0 })
  const threads = Array.from({ length: 4 }, () => machine.thread())
  await clock.run(Promise.all(threads.map((thread) => thread.work(10_000))))
  expect(clock.now).toBe(20_000)
})

it('a simulation that waits for nothing ends with an error', async () => {
  await expect(new Clock().run(new Promise(() => {}))).rejects.toThrow('The simulated work waits')
})
