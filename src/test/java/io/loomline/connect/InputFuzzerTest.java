package io.loomline.connect;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.ByteArrayOutputStream;
import java.util.Random;

/** The seeds and findings of the fuzzer, and a few random inputs. */
class InputFuzzerTest {
    /** The first choice: 0 for an HTTP handshake, 1 for SOCKS, another number for reads. */
    private static final int HTTP = 0;

    private static final int SOCKS = 1;

    @Test
    void randomBytesCauseDocumentedExceptionsOnly() throws Exception {
        var random = new Random(5);
        for (int i = 0; i < 3_000; i++) {
            byte[] input = new byte[random.nextInt(300)];
            random.nextBytes(input);
            InputFuzzer.fuzzerTestOneInput(input);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK\r\n\r\nbehind",
                "HTTP/1.0 299\n\nbehind",
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nName: value\r\n\r\n",
                "HTTP/1.1 200 \u00c3\u0085r i orden\r\n\r\n",
                "HTTP/1.1 099 what\r\n\r\n",
                "HTTP/1.1 407 \u001b[31mno\r\n\r\n",
                "HTTP/1.1 2000\r\n\r\n",
                "SSH-2.0-sshd\r\n",
                "HTTP/1.1 200 OK\r\n"
            })
    void httpResponsesEndWhereExpected(String answer) throws Exception {
        fuzzWholeAndInPieces(HTTP, answer);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0005\u0000\u0005\u0000\u0000\u0001abcdefbehind",
                "\u0005\u0000\u0005\u0000\u0000\u0003\u0003abcdebehind",
                "\u0005\u0002\u0001\u0000\u0005\u0000\u0000\u00040123456789abcdefgh",
                "\u0005\u0000\u0005\u0000\u0000\u0003\u0000ab",
                "\u0005\u0000\u0005\u0000\u0000\u0003\u00ffab",
                "\u0005\u00ff",
                "\u0005\u0000\u0005\u0005\u0000\u0001abcdef"
            })
    void socksRepliesEndWhereExpected(String answer) throws Exception {
        fuzzWholeAndInPieces(SOCKS, answer);
    }

    private static void fuzzWholeAndInPieces(int kind, String answer) throws Exception {
        for (int credentials = 0; credentials < 2; credentials++) {
            for (int most = 0; most < 9; most++) {
                var input = new ByteArrayOutputStream();
                input.writeBytes(
                        new byte[] {5, (byte) kind, (byte) credentials, (byte) most, 3, 1});
                input.writeBytes(answer.getBytes(ISO_8859_1));
                InputFuzzer.fuzzerTestOneInput(input.toByteArray());
            }
        }
    }
}
