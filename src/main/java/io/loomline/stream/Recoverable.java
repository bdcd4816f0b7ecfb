package io.loomline.stream;

import java.io.IOException;

/**
 * Marks the exceptions after which the connection or endpoint is usable: nothing else is lost, and
 * a program may read and write further. After any other {@link IOException}, close it.
 *
 * <p>A usable connection does not mean that the same call succeeds next time. Only after a {@link
 * SkippedInput} has a read moved on, so that a loop can answer and read again. After the others the
 * next read finds the same bytes or waits again: a loop that goes on after those may never end.
 *
 * <p>All of them are {@code IOException}s, of these kinds:
 *
 * <table>
 * <caption>The next call after a recoverable exception</caption>
 * <tr><th>exception</th><th>cause</th><th>unread</th><th>the next call</th></tr>
 * <tr><td colspan="4">of type {@link SkippedInput}</td></tr>
 * <tr><td>{@link LineTooLongException}</td><td>a line over the limit</td><td>what follows the line
 *     </td><td>skips the rest of the line and reads what follows</td></tr>
 * <tr><td>{@link MalformedTextException}</td><td>a line that is not text in its charset</td><td>
 *     what follows the line</td><td>reads the next line</td></tr>
 * <tr><td>{@link java.net.ProtocolException} of {@code readLine}</td><td>a line with a lone CR or
 *     LF where only CRLF ends lines</td><td>what follows the line</td><td>skips the rest of the line, up to a CRLF
 *     </td></tr>
 * <tr><td>{@code DatagramTooLongException}</td><td>a packet over the limit</td><td>the next packet
 *     </td><td>receives the next packet</td></tr>
 * <tr><td colspan="4">other</td></tr>
 * <tr><td>{@code ProtocolException} of {@code readFrame}</td><td>the length of a frame has too
 *     many bytes</td><td>the
 *     whole frame</td><td>finds the same bytes</td></tr>
 * <tr><td>{@link MessageTooLongException}</td><td>a frame or other message over the limit, or
 *     beyond a budget</td><td>the whole message, if the call returns messages</td><td>finds the
 *     same bytes</td></tr>
 * <tr><td>{@link java.net.SocketTimeoutException}</td><td>a timeout of {@link Limits} or of a budget
 *     during a read</td><td>all received bytes</td><td>finds the same bytes, or waits again</td>
 *     </tr>
 * <tr><td>{@code SocketTimeoutException}</td><td>a timeout during a write of which nothing was
 *     taken, or during a flush</td><td>–</td><td>may write the same again; what earlier writes had
 *     taken is sent later</td></tr>
 * <tr><td>{@link java.nio.charset.CharacterCodingException}</td><td>a write of text that the
 *     charset cannot encode</td><td>–</td><td>may write other text; nothing was written</td></tr>
 * <tr><td>{@code SocketTimeoutException}</td><td>a receive at a datagram endpoint whose timeout
 *     expired</td><td>–</td><td>waits again</td></tr>
 * </table>
 *
 * <p>Not marked, for example: a timeout that cut a large write in the middle, a TLS handshake that
 * took too long, the end of the input inside a message ({@link IncompleteReadException}), and every
 * error of the network.
 */
public interface Recoverable {}
