/** One consumer of an app. */
export interface ConsumerKey {
  app: number
  id: string
}

export interface RoomMessage {
  room: string
  /** Stored unchanged; it contains no NUL. */
  message: string
}

export interface PublishResult {
  /** Consumers whose queues have something new. */
  reached: string[]
  /** Messages that were dropped because a queue was full, counted once per consumer. */
  dropped: number
}

/** Messages for a consumer. The same messages have the same id until they are acknowledged. */
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
 * Rooms, whose members each have a queue of messages, shared by all processes. They survive a restart. A queue or a
 * room that is not used for long enough is removed.
 */
export interface SnapperQueues {
  /** Creates the consumer's queue if there is none, extends its life, and adds the consumer to a room. */
  open(consumer: ConsumerKey, room: string): Promise<void>
  /** The consumer will probably not come back: its queue is removed after `QUEUE_LEFT_S`. */
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
  /** The batch that is not acknowledged yet, or a new one of the waiting messages; null when none waits. */
  claim(consumer: ConsumerKey): Promise<QueuedBatch | null>
  /** Removes the batch's messages. @returns false when it is not the one that was claimed last */
  acknowledge(consumer: ConsumerKey, batch: string): Promise<boolean>
  totals(app: number): Promise<SnapperTotals>
}

/** The most messages in a queue. Further ones are dropped. */
export const QUEUE_MESSAGES = 1024
/** The most messages in a batch, and the bytes after which no further one is added. */
export const BATCH_MESSAGES = 50
export const BATCH_BYTES = 1024 * 1024

/** Seconds that a queue lives after its consumer was last seen, and once it was abandoned. */
export const QUEUE_LIFE_S = 86_400
export const QUEUE_LEFT_S = 300
/** Seconds that a room lives after somebody joined, and after something was published in it. */
export const ROOM_JOINED_S = 129_600
export const ROOM_USED_S = 172_800
