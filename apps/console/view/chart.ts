import { html, raw } from 'hono/html'
import type { Html } from './document.ts'
import { number } from './number.ts'
import { clock } from './time.ts'

/** One height for each span of time, oldest first. */
export interface Layer {
  /** How it looks, and what it is called in the legend. */
  name: 'accepted' | 'sent' | 'skipped' | 'deferred' | 'failed' | 'dead'
  heights: readonly number[]
}

interface Chart {
  /** In the order in which they are painted. */
  layers: readonly Layer[]
  /** What the legend says of each layer. */
  totals: Readonly<Partial<Record<Layer['name'], number>>>
  /** Unix seconds of the begin and of the end. */
  from: number
  to: number
  /** Seconds between two times on the axis. */
  tick: number
}

/** The drawing is stretched to the room that there is, and only its lines and areas are: texts are beside it. */
export function chart({ layers, totals, from, to, tick }: Chart): Html {
  const most = Math.max(...layers.flatMap(({ heights }) => heights))
  const top = topOf(most)
  const spans = layers[0]!.heights.length
  const ticks = ticksIn(from, to, tick)
  const legend = Object.entries(totals).map(([name, total]) => ({ name, text: `${number(total)} ${name}` }))
  const said = `${legend.map(({ text }) => text).join(', ')}; at most ${number(Math.ceil(most))} in a minute`
  return html`<figure class="chart">
    <figcaption>${legend.map(({ name, text }) => html`<span class="key ${name}">${text}</span> `)}</figcaption>
    <p class="scale" aria-hidden="true">
      <span>${number(top)}</span><span>${top % 2 === 0 ? number(top / 2) : ''}</span><span>0</span>
    </p>
    <svg class="plot" role="img" aria-label="${said}" viewBox="0 0 ${spans} 100" preserveAspectRatio="none">
      ${layers.some(({ name }) => name === 'skipped') ? stripes : ''}
      <path
        class="grid"
        d="M0 0H${spans}M0 50H${spans}${ticks.map(({ share }) => `M${rounded(share * spans)} 0V100`).join('')}"
      />
      ${layers.map((layer) => layerPath(layer, top))}
      <path class="zero" d="M0 100H${spans}" />
    </svg>
    <svg class="times" aria-hidden="true">
      ${ticks.map(
        ({ time, share }) =>
          html`<text x="${rounded(share * 100)}%" y="14" text-anchor="${anchorAt(share)}" data-clock="${time}"
            >${clock(time)}</text
          >`,
      )}
    </svg>
  </figure>`
}

/** The same in a cell of a table, without axes. What it shows is said beside it. */
export function sparkline(layers: readonly Layer[]): Html {
  const top = Math.max(1, ...layers.flatMap(({ heights }) => heights))
  const spans = layers[0]!.heights.length
  return html`<svg class="spark" aria-hidden="true" viewBox="0 0 ${spans} 100" preserveAspectRatio="none">
    ${layers.map((layer) => layerPath(layer, top))}
    <path class="zero" d="M0 100H${spans}" />
  </svg>`
}

/** Told apart by more than a colour. The drawing is stretched in its width, so they are level. */
const stripes = html`<defs>
  <pattern id="stripes" width="1" height="5" patternUnits="userSpaceOnUse"><rect width="1" height="2" /></pattern>
</defs>`

const LINES: ReadonlySet<Layer['name']> = new Set(['accepted', 'deferred'])

/** A step for each span: an area, or a line where another layer has the area. */
function layerPath({ name, heights }: Layer, top: number): Html {
  const steps = heights.map((height, index) => `V${rounded(100 - (100 * height) / top)}H${index + 1}`).join('')
  const line = `M0 100${steps}${LINES.has(name) ? '' : 'V100Z'}`
  // In a style sheet, the reference may be relative to its file
  return html`<path class="${name}" d="${line}" ${name === 'skipped' ? raw('fill="url(#stripes)"') : ''} />`
}

/** A round number that is not below any height. */
function topOf(most: number): number {
  const size = 10 ** Math.floor(Math.log10(Math.max(most, 1)))
  return size * [1, 2, 4, 6, 8, 10].find((count) => count * size >= most)!
}

/** Round times, with their places from 0 to 1. */
function ticksIn(from: number, to: number, tick: number): { time: number; share: number }[] {
  const first = Math.ceil(from / tick)
  const count = Math.ceil(to / tick) - first
  return Array.from({ length: count }, (_, index) => {
    const time = (first + index) * tick
    return { time, share: (time - from) / (to - from) }
  })
}

/** What a time at the edge is not cut off at. */
function anchorAt(share: number): 'start' | 'middle' | 'end' {
  if (share < 0.1) return 'start'
  return share > 0.9 ? 'end' : 'middle'
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10
}
