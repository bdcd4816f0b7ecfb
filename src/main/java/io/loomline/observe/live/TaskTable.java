package io.loomline.observe.live;

import io.loomline.log.LogText;
import io.loomline.observe.TreeNode;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Rows of text in columns that are as wide as their longest cell. */
final class TaskTable {
    private static final double MILLIS_PER_SECOND = 1_000;
    private static final String UNKNOWN = "-";

    private final List<String[]> rows = new ArrayList<>();

    TaskTable(String... heads) {
        rows.add(heads);
    }

    void add(String... cells) {
        rows.add(cells);
    }

    /** The cells of a task, or of a client connection, that are the same in all tables. */
    static String[] cellsOf(TreeNode task) {
        var traffic = task.traffic();
        return new String[] {
            task.isTask() ? Long.toString(task.id()) : UNKNOWN,
            task.isTask() ? LogText.of(task.name()) : UNKNOWN,
            task.state().name().toLowerCase(Locale.ROOT),
            orUnknown(task.operation()),
            seconds(task.waited()),
            seconds(task.age()),
            orUnknown(task.siteText()),
            traffic == null ? UNKNOWN : LogText.of(traffic.peer().toString())
        };
    }

    private static String orUnknown(@Nullable String text) {
        return text == null ? UNKNOWN : LogText.of(text);
    }

    /** Such as {@code 12.3}. */
    static String seconds(@Nullable Duration time) {
        if (time == null) return UNKNOWN;
        return String.format(Locale.ROOT, "%.1f", time.toMillis() / MILLIS_PER_SECOND);
    }

    @Override
    public String toString() {
        int[] widths = new int[rows.getFirst().length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) widths[i] = Math.max(widths[i], row[i].length());
        }
        var text = new StringBuilder();
        for (String[] row : rows) append(text, row, widths);
        return text.toString();
    }

    private static void append(StringBuilder text, String[] row, int[] widths) {
        for (int i = 0; i < row.length; i++) {
            text.append(row[i]);
            if (i == row.length - 1) break;
            char[] padding = new char[widths[i] - row[i].length() + 2];
            Arrays.fill(padding, ' ');
            text.append(padding);
        }
        text.append(System.lineSeparator());
    }
}
