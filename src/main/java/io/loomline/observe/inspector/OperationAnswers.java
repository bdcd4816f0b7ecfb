package io.loomline.observe.inspector;

import static java.util.stream.Collectors.joining;

import io.loomline.log.Json;
import io.loomline.log.LogText;
import io.loomline.observe.live.ObservedRuntime;
import io.loomline.stream.Operation;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** Answers what the last operations of connections were, if they are recorded. */
final class OperationAnswers {
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
        Stream<String> operations =
                runtime.operations(ids).entrySet().stream().flatMap(OperationAnswers::objects);
        return new Json()
                .beginObject()
                .member("recording", runtime.recordsOperations())
                .name("operations")
                .json(Json.array(operations))
                .endObject()
                .toString();
    }

    private static Stream<String> objects(Map.Entry<Long, List<Operation>> task) {
        return task.getValue().stream().map(each -> object(task.getKey(), each));
    }

    private static String object(long task, Operation operation) {
        String kind = operation.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return new Json()
                .beginObject()
                .member("task", task)
                .member("kind", kind)
                .member("bytes", operation.bytes())
                .member("waitedSeconds", operation.waited())
                .member("agoSeconds", operation.ago())
                .member("outcome", operation.failure() == null ? "ok" : operation.failure())
                .endObject()
                .toString();
    }
}
