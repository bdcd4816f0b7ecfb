package io.loomline;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A sentence of a standard or a manual page, quoted in a comment.
 *
 * @param address the address of the section
 * @param sentence the sentence; empty if the comment has none after the address
 */
record Quotation(String address, String sentence) {
    /** A block comment, or lines that are one comment. */
    private static final Pattern COMMENT =
            Pattern.compile("(?s)/\\*.*?\\*/|//[^\\n]*(?:\\n\\s*//[^\\n]*)*");

    private static final Pattern ADDRESS =
            Pattern.compile("https://(?:www\\.rfc-editor\\.org|man7\\.org)/[^\\s\"<>)]+");

    /** Shorter ones are words, not sentences. */
    private static final Pattern SENTENCE = Pattern.compile("\"([^\"]{20,})\"");

    /** All quotations of a source file, in their order. */
    static List<Quotation> in(String source) {
        var found = new ArrayList<Quotation>();
        COMMENT.matcher(source)
                .results()
                .map(MatchResult::group)
                .forEach(comment -> {
                    String text = comment.replaceAll("\\n\\s*(?:\\*/|\\*|//) ?", " ");
                    Matcher address = ADDRESS.matcher(text);
                    while (address.find()) found.add(after(address, text));
                });
        return found;
    }

    private static Quotation after(MatchResult address, String text) {
        Matcher next = ADDRESS.matcher(text);
        int end = next.find(address.end()) ? next.start() : text.length();
        // the address of a link ends with a quotation mark
        int begin = text.startsWith("\">", address.end()) ? address.end() + 2 : address.end();
        Matcher sentence = SENTENCE.matcher(text.substring(begin, Math.max(begin, end)));
        return new Quotation(address.group(), sentence.find() ? sentence.group(1) : "");
    }
}
