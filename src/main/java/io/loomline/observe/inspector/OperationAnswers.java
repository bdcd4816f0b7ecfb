package io.loomline.observe.inspector;

import static java.util.stream.Collectors.joining;

import io.loomline.log.LogText;
import io.loomline.observe.live.ObservedRuntime;
import io.loomline.stream.Operation;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Answers what the last operations of connections were, if they are recorded. */
final class OperationAnswers {
    private static final double NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final ObservedRuntime runtime;

    OperationAnswers(ObservedRuntime runtime) {
        this.runtime = runtime;
    }

    Answer answer(Query query) throws Refusal {
        Set<Long> ids = query.ids();
        String format = query.text("format");
        if (format == null || format.equals("text")) return Answer.text(text(ids));
        if (format.equals("json")) return Answer.json(json(ids));
        throw new Refusal(Refusal.BAD_REQUEST, "format: expected json or text");
    }

    /** One line for each. */
    private String text(Set<Long> ids) {
        return runtime.operations(ids).values().stream()
                .flatMap(List::stream)
                .map(operation -> LogText.of(operation.toString()) + "\n")
                .collect(joining());
    }

    /** The oldest of a task first. */
    private String json(Set<Long> ids) {
        return runtime.operations(ids).entrySet().stream()
                .flatMap(OperationAnswers::objects)
                .collect(
                        joining(
                                ",",
                                "{\"recording\":"
                                        + runtime.recordsOperations()
                                        + ",\"operations\":[",
                                "]}"));
    }

    private static Stream<String> objects(Map.Entry<Long, List<Operation>> task) {
        return task.getValue().stream().map(each -> object(task.getKey(), each));
    }

    private static String object(long task, Operation operation) {
        String outcome = operation.failure() == null ? "ok" : operation.failure();
        return String.format(
                Locale.ROOT,
                "{\"task\":%d,\"kind\":\"%s\",\"bytes\":%d,\"waitedSeconds\":%.3f,"
                        + "\"agoSeconds\":%.3f,\"outcome\":\"%s\"}",
                task,
                operation.kind().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                operation.bytes(),
                seconds(operation.waited()),
                seconds(operation.ago()),
                escaped(outcome));
    }

    private static double seconds(Duration time) {
        return TimeUnit.NANOSECONDS.convert(time) / NANOS_PER_SECOND;
    }

    private static String escaped(String text) {
        return LogText.of(text).replace("\\", "\\\\").replace("\"", "\\\"");
    }
}
