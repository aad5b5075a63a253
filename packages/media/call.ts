import {
  type MediaStreamTrack,
  RTCPeerConnection,
  type RTCRtpTransceiver,
  useAbsSendTime,
  useNACK,
  useOPUS,
  usePLI,
  useTransportWideCC,
  useTWCC,
  useVP8,
} from 'werift'
import { serial } from '@carillon/async'
import type { MediaPiece } from '@carillon/contract'
import type { Candidate } from '@carillon/contract/session-messages'
import type { MediaKind } from './frames.ts'
import type { CallWishes, Network } from './messages.ts'
import { Recording } from './recording.ts'

interface RecordedCallDeps {
  wishes: CallWishes
  network: Network
  wrote(piece: MediaPiece): void
  ended(why: string): void
}

/** Milliseconds from the first offer until there is a connection, and until one that was lost is back. */
const CONNECTED_WITHIN_MS = 30_000

/** One browser's connection. It receives media, and sends only what keeps the connection open. */
export class Call {
  readonly #deps: RecordedCallDeps
  readonly #peer: RTCPeerConnection
  #recording: Recording | undefined
  #late: NodeJS.Timeout | undefined
  readonly #inTurn = serial()
  #over = false

  constructor(deps: RecordedCallDeps) {
    this.#deps = deps
    this.#peer = new RTCPeerConnection(configuration(deps))
    this.#peer.connectionStateChange.subscribe((state) => this.#changed(state))
  }

  /** Offers are answered one after another. @throws Error */
  answer(sdp: string): Promise<string> {
    return this.#inTurn(() => this.#answer(sdp))
  }

  /** A candidate that belongs to no offer, or cannot be understood, is ignored. */
  candidate(candidate: Candidate): void {
    const add = async () => (this.#peer.remoteDescription ? this.#peer.addIceCandidate(candidate) : undefined)
    this.#inTurn(add).catch(() => {})
  }

  end(why: string): void {
    if (this.#over) return
    this.#over = true
    clearTimeout(this.#late)
    this.#recording?.end()
    void this.#peer.close().catch(() => {})
    this.#deps.ended(why)
  }

  async #answer(sdp: string): Promise<string> {
    await this.#peer.setRemoteDescription({ type: 'offer', sdp })
    const wanted = this.#peer.getTransceivers().filter((transceiver) => this.#accept(transceiver))
    if (wanted.length === 0) throw new Error('Nothing that is to be recorded was offered.')
    await this.#peer.setLocalDescription(await this.#peer.createAnswer())
    this.#recording ??= this.#record(wanted)
    this.#wait()
    return announced(this.#peer.localDescription!.sdp, this.#deps.network.address)
  }

  /** @returns whether it is wanted, in a codec that is known */
  #accept(transceiver: RTCRtpTransceiver): boolean {
    const { hasAudio, hasVideo } = this.#deps.wishes
    const isOfUse = !transceiver.pendingRejection && !transceiver.rejected
    const isWanted = isOfUse && (transceiver.kind === 'audio' ? hasAudio : hasVideo)
    transceiver.setDirection(isWanted ? 'recvonly' : 'inactive')
    return isWanted
  }

  #record(wanted: readonly RTCRtpTransceiver[]): Recording {
    const [audio, video] = [first(wanted, 'audio'), first(wanted, 'video')]
    const recording = new Recording({
      kinds: [...(audio ? (['audio'] as const) : []), ...(video ? (['video'] as const) : [])],
      wrote: this.#deps.wrote,
      needKeyframe: () => this.#askForKeyframe(video),
    })
    if (audio) this.#hear('audio', audio, recording)
    if (video) this.#hear('video', video, recording)
    return recording
  }

  #hear(kind: MediaKind, { receiver, onTrack }: RTCRtpTransceiver, recording: Recording): void {
    const tapped = new Set<MediaStreamTrack>()
    const tap = (track: MediaStreamTrack) => {
      if (tapped.has(track)) return
      tapped.add(track)
      track.onReceiveRtp.subscribe((packet) => recording.receive(kind, packet))
    }
    onTrack.subscribe(tap)
    for (const track of receiver.tracks) tap(track)
  }

  #askForKeyframe(video: RTCRtpTransceiver | undefined): void {
    const ssrc = video?.receiver.track.ssrc
    if (ssrc !== undefined) void video?.receiver.sendRtcpPLI(ssrc).catch(() => {})
  }

  #changed(state: RTCPeerConnection['connectionState']): void {
    if (state === 'connected') clearTimeout(this.#late)
    else if (state === 'disconnected' || state === 'failed') this.#wait()
    else if (state === 'closed') this.end('The publisher ended its connection to the recorder.')
  }

  #wait(): void {
    if (this.#over || this.#peer.connectionState === 'connected') return
    clearTimeout(this.#late)
    const late = 'There was no way from the publisher to the recorder, or it was lost.'
    this.#late = setTimeout(() => this.end(late), CONNECTED_WITHIN_MS)
  }
}

function first(transceivers: readonly RTCRtpTransceiver[], kind: MediaKind): RTCRtpTransceiver | undefined {
  return transceivers.find((one) => one.kind === kind)
}

/** VP8 and Opus: every browser has them, and WebM holds them unchanged. */
function configuration({ wishes, network: { ports } }: RecordedCallDeps) {
  return {
    codecs: { audio: [useOPUS()], video: [useVP8({ rtcpFeedback: [useNACK(), usePLI(), useTWCC()] })] },
    headerExtensions: { audio: [], video: [useAbsSendTime(), useTransportWideCC()] },
    iceServers: wishes.iceServers.map((server) => ({ ...server })),
    iceUseTcp: false,
    bundlePolicy: 'max-bundle' as const,
    ...(ports && { icePortRange: [...ports] as [number, number] }),
  }
}

/**
 * @param sdp of an answer
 * @param address that a router before this machine passes on to it, with the ports as they are
 * @returns it, with each place of this machine at that address as well
 */
export function announced(sdp: string, address: string | undefined): string {
  if (address === undefined) return sdp
  return sdp.replace(HOST_CANDIDATE, (line, start: string, port: string) => `${line}\r\n${start} ${address} ${port}`)
}

/** RFC 8839, 5.1: foundation, component, transport and priority, then address, port and type. */
const HOST_CANDIDATE = /^(a=candidate:\S+ \d+ udp \d+) [\d.]+ (\d+ typ host.*)$/gim
