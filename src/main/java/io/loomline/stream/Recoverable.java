package io.loomline.stream;

import java.io.IOException;

/**
 * Marks the exceptions after which the connection or endpoint is usable: a program may go on
 * reading and writing. After any other {@link IOException}, close it.
 *
 * <pre>{@code
 * try {
 *     answer(connection, connection.readLine());
 * } catch (IOException e) {
 *     if (!(e instanceof Recoverable)) throw e;
 *     connection.writeLine("500 " + e.getMessage());
 * }
 * }</pre>
 *
 * <p>All of them are {@code IOException}s, of these kinds:
 *
 * <table>
 * <caption>The next call after a recoverable exception</caption>
 * <tr><th>exception</th><th>cause</th><th>the next call</th></tr>
 * <tr><td>{@link LineTooLongException}</td><td>a line over the limit</td><td>skips the rest of the
 *     line and reads what follows</td></tr>
 * <tr><td>{@link MalformedTextException}</td><td>a line that is not text in its charset</td><td>
 *     reads the next line</td></tr>
 * <tr><td>{@link java.net.ProtocolException}</td><td>a line with a lone CR or LF where only CRLF
 *     ends lines</td><td>skips the rest of the line, up to a CRLF</td></tr>
 * <tr><td>{@code ProtocolException}</td><td>the length of a frame has too many bytes</td><td>finds
 *     the same bytes; the frame stays unread</td></tr>
 * <tr><td>{@link MessageTooLongException}</td><td>a frame or other message over the limit</td><td>
 *     finds the same bytes; nothing was read</td></tr>
 * <tr><td>{@link java.net.SocketTimeoutException}</td><td>a timeout of {@link Limits} during a read
 *     </td><td>finds the same bytes; nothing was lost</td></tr>
 * <tr><td>{@code SocketTimeoutException}</td><td>a timeout during a write of which nothing was
 *     taken, or during a flush</td><td>may write the same again; what earlier writes had taken is
 *     sent later</td></tr>
 * <tr><td>{@link java.nio.charset.CharacterCodingException}</td><td>a write of text that the
 *     charset cannot encode</td><td>may write other text; nothing was written</td></tr>
 * <tr><td>{@code DatagramTooLongException}, {@code SocketTimeoutException}</td><td>a receive at a
 *     datagram endpoint</td><td>receives the next packet</td></tr>
 * </table>
 *
 * <p>Not marked, for example: a timeout that cut a large write in the middle, a TLS handshake that
 * took too long, the end of the input inside a message ({@link IncompleteReadException}), and every
 * error of the network.
 */
public interface Recoverable {}
