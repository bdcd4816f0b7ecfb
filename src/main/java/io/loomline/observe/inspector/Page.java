package io.loomline.observe.inspector;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The files of the page. */
final class Page {
    private record PageFile(String name, String contentType) {}

    private static final Map<String, PageFile> FILES =
            Map.of(
                    "/", new PageFile("inspector.html", "text/html; charset=utf-8"),
                    "/inspector.css", new PageFile("inspector.css", "text/css; charset=utf-8"),
                    "/inspector.js", new PageFile("inspector.js", "text/javascript; charset=utf-8"),
                    "/inspector.svg", new PageFile("inspector.svg", "image/svg+xml"));

    private Page() {}

    static boolean has(String path) {
        return FILES.containsKey(path);
    }

    static Answer answer(String path) throws IOException {
        PageFile file = FILES.get(path);
        if (file == null) throw new IOException(path + ": not a file of the page");
        try (InputStream content = Page.class.getResourceAsStream(file.name())) {
            if (content == null) throw new IOException(file.name() + ": not in the jar");
            var text = new String(content.readAllBytes(), StandardCharsets.UTF_8);
            return new Answer(Answer.OK, file.contentType(), text);
        }
    }
}
