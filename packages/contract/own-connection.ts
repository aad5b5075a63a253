/**
 * Header of a call that sends a message. On a connection kept from an earlier call, a server that is just closing it
 * resets the call, and nobody can tell whether the message was taken. So each such call has a connection of its own.
 */
export const ownConnection = { Connection: 'close' } as const
