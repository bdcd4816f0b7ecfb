package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.loomline.probe.Child;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

/** After the last runtime is closed, nothing is left of it: no thread, and no loaded class. */
@Tag("slow")
class LeftBehindTest {
    @ParameterizedTest
    @ValueSource(strings = {"nio", "epoll"})
    void applicationThatIsDroppedIsCollected(String driver) throws Exception {
        List<String> options =
                List.of(
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dio.loomline.driver=" + driver,
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=off");
        try (Child child = Child.start(LeftBehindProgram.class, options)) {
            assertEquals(List.of("inherited []", "threads []", "collected"), child.rest());
        }
    }
}
