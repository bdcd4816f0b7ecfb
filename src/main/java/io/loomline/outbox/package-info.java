/**
 * Sending without waiting for the peer. An {@link io.loomline.outbox.Outbox} queues messages for
 * one connection. A {@link io.loomline.outbox.Broadcast} sends each message to the outboxes of many
 * connections, none of which delays the others.
 */
@NullMarked
package io.loomline.outbox;

import org.jspecify.annotations.NullMarked;
