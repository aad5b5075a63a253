/** One consumer of an app. */
export interface ConsumerKey {
  app: number
  id: string
}

export interface RoomMessage {
  room: string
  /** Kept as it is; holds no NUL. */
  message: string
}

export interface PublishResult {
  /** Consumers whose queues have something new. */
  reached: string[]
  /** Messages that found a full queue, each counted once per consumer. */
  dropped: number
}

/** Messages on their way to a consumer, the same ones under the same id until they are acknowledged. */
export interface QueuedBatch {
  id: string
  messages: string[]
}

/** What an app's consumers and producers did since it began. */
export interface SnapperTotals {
  producerMessages: number
  /** Acknowledged. */
  consumerMessages: number
  /** Queues that were made. */
  consumers: number
  /** Rooms that got a first member. */
  rooms: number
}

/**
 * Rooms, whose members each have a queue of messages, shared by all processes. They outlive a restart; a queue or a
 * room that is not used for long enough ends by itself.
 */
export interface SnapperQueues {
  /** Makes the consumer's queue where there is none, lets it live on, and has the consumer join a room. */
  open(consumer: ConsumerKey, room: string): Promise<void>
  /** The consumer will hardly come back: its queue has `QUEUE_LEFT_S` to live. */
  abandon(consumer: ConsumerKey): Promise<void>
  /** The consumer need not have a queue yet. @returns whether it was not in the room before */
  join(app: number, room: string, consumer: string): Promise<boolean>
  /** @returns whether it was in the room */
  leave(app: number, room: string, consumer: string): Promise<boolean>
  /** Queues each message for all members of its room that have a queue, in order. */
  publish(app: number, messages: readonly RoomMessage[]): Promise<PublishResult>
  /**
   * Queues a message for one consumer until it waits there so many times.
   * @returns false when it has no queue, or one that is too full
   */
  offer(consumer: ConsumerKey, message: string, times: number): Promise<boolean>
  /** The batch that was not acknowledged yet, or a new one of what waits; null when nothing does. */
  claim(consumer: ConsumerKey): Promise<QueuedBatch | null>
  /** Removes the batch's messages. @returns false when it is not the one that was claimed last */
  acknowledge(consumer: ConsumerKey, batch: string): Promise<boolean>
  totals(app: number): Promise<SnapperTotals>
}

/** Messages of a queue; of those that come then, none is taken. */
export const QUEUE_MESSAGES = 1024
/** Messages of a batch, and bytes beyond which it takes no further one. */
export const BATCH_MESSAGES = 50
export const BATCH_BYTES = 1024 * 1024

/** Seconds that a queue lives after its consumer was last seen, and once it was abandoned. */
export const QUEUE_LIFE_S = 86_400
export const QUEUE_LEFT_S = 300
/** Seconds that a room lives after somebody joined, and after something was published in it. */
export const ROOM_JOINED_S = 129_600
export const ROOM_USED_S = 172_800
