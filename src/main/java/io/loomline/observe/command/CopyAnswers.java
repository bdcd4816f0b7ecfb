package io.loomline.observe.command;

import static java.util.stream.Collectors.joining;

import io.loomline.log.Json;
import io.loomline.log.LogText;

import java.io.File;
import java.util.List;

/**
 * The answers of several copies of the library in one process, such as in a server of applications.
 */
final class CopyAnswers {
    private static final String RECORD = "record ";
    private static final String TOP = "top ";
    private static final String JSON = " json";

    private CopyAnswers() {}

    /** The request for a copy: each but the first writes into a folder of its own. */
    static String request(String request, int copiesBefore) {
        if (copiesBefore == 0 || !request.startsWith(RECORD)) return request;
        return request + File.separator + "copy-" + (copiesBefore + 1);
    }

    /**
     * One answer. In JSON, arrays become one; objects, as of {@code top}, stay a line each. A copy
     * that has failed, such as one of another version, is reported beside the others; the answer is
     * a failure if all have failed.
     */
    static Question.Answer merge(String request, List<Question.Answer> copies) {
        if (copies.size() == 1) return copies.getFirst();
        boolean success = copies.isEmpty() || copies.stream().anyMatch(Question.Answer::success);
        boolean json = success && isJson(request);
        boolean arrays = json && !request.startsWith(TOP);
        List<String> texts = copies.stream().map(each -> text(each, json, arrays)).toList();
        if (!arrays) return new Question.Answer(success, String.join("", texts));
        String elements =
                texts.stream()
                        .map(String::strip)
                        .map(each -> each.substring(1, each.length() - 1))
                        .filter(each -> !each.isEmpty())
                        .collect(joining(","));
        return new Question.Answer(true, "[" + elements + "]" + System.lineSeparator());
    }

    private static boolean isJson(String request) {
        int afterName = request.indexOf(' ');
        return afterName > 0 && request.startsWith(JSON, afterName);
    }

    private static String text(Question.Answer copy, boolean json, boolean array) {
        if (copy.success()) return copy.text();
        String failure = "a copy of Loomline in this process: " + LogText.of(copy.text());
        if (!json) return failure + System.lineSeparator();
        String object = new Json().beginObject().member("error", failure).endObject().toString();
        return array ? "[" + object + "]" : object + System.lineSeparator();
    }
}
