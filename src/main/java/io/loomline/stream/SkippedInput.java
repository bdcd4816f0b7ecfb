package io.loomline.stream;

/**
 * Marks the exceptions of a read that refused a message and skipped it, so that the next read
 * starts after it. A loop that answers such a message and goes on ends with the input, whatever the
 * peer sends:
 *
 * <pre>{@code
 * while (true) {
 *     try {
 *         String line = connection.readLine();
 *         if (line == null) return;
 *         connection.writeLine(answer(line));
 *     } catch (IOException e) {
 *         if (!(e instanceof SkippedInput)) throw e;
 *         connection.writeLine("500 " + e.getMessage());
 *     }
 * }
 * }</pre>
 *
 * <p>Each of them has consumed at least one byte or packet. {@link Recoverable} lists them.
 */
public interface SkippedInput extends Recoverable {}
