package io.loomline.observe.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The files through which the command and a process talk. */
class QuestionTest {
    @TempDir Path shared;

    private Question question;

    @BeforeEach
    void makeFolder() throws IOException {
        Path answers = Files.createDirectory(shared.resolve("answers"));
        question = new Question("1", true, answers, "top text wait");
    }

    @Test
    void answerIsTakenOnce() throws Exception {
        assertTrue(question.answer(true, "one"));
        assertEquals(new Question.Answer(true, "one"), question.takeAnswer());
        assertThrows(IOException.class, question::takeAnswer);
    }

    /** Another user's process could lead root to any file. */
    @Test
    void answerThatIsALinkIsRefused() throws Exception {
        Path secret = Files.writeString(shared.resolve("secret"), "+secret");
        Files.createSymbolicLink(question.folder().resolve("answer"), secret);
        assertTrue(question.isAnswered());
        assertThrows(IOException.class, question::takeAnswer);
    }

    @Test
    void processSeesTheLastChange() throws Exception {
        assertEquals(question, question.latest());
        Question changed = question.changeTo("top text age").changeTo("top text rate");
        assertEquals("top text rate", changed.request());
        assertEquals(changed, question.latest());
    }
}
