package io.loomline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.Month;
import java.time.Period;
import java.time.Year;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

class ClassGraphTest {
    @Test
    void treeHasNoCycle() {
        assertEquals(
                Set.of(), graph("a.A a.B", "a.A b.C", "a.B b.C", "b.C java.lang.String").cycles());
    }

    @Test
    void cycleIsPrintedFromItsSmallestName() {
        assertEquals(
                Set.of("a.A -> a.C -> a.B -> a.A"),
                graph("a.B a.A", "a.A a.C", "a.C a.B", "a.A a.D").cycles());
    }

    @Test
    void everyCycleIsFound() {
        assertEquals(
                Set.of("a -> b -> a", "c -> d -> e -> c"),
                graph("a b", "b a", "b c", "c d", "d e", "e c").cycles());
    }

    @Test
    void packagesCanFormACycleWhereFilesDoNot() {
        ClassGraph files = graph("a.A b.B", "b.C a.D");
        assertEquals(Set.of(), files.cycles());
        assertEquals(Set.of("a -> b -> a"), files.map(ClassGraph::packageOf).cycles());
    }

    @Test
    void readerSeesEveryKindOfReference() throws IOException {
        Set<String> targets =
                ClassGraph.read(Path.of("target", "test-classes"))
                        .targets("io.loomline.ClassGraphTest");
        for (String name : List.of("Year", "Month", "Instant", "Period", "ZoneId", "Clock")) {
            assertTrue(targets.contains("java.time." + name), () -> name + " not in " + targets);
        }
    }

    @Test
    void readerNamesClassesByTheirFile() throws IOException {
        ClassGraph graph = ClassGraph.read(Path.of("target", "test-classes"));
        assertTrue(graph.nodes().contains("io.loomline.ClassGraphTest"));
        assertEquals(
                Set.of(), Set.copyOf(graph.nodes().stream().filter(n -> n.contains("$")).toList()));
        assertTrue(graph.targets("io.loomline.ClassGraphTest").contains("io.loomline.ClassGraph"));
    }

    /** Refers to each class in one way only: result, parameter, generics, array, code, field. */
    abstract static class Referrer {
        Clock field;

        abstract Year call(Month parameter, List<Instant> generics, Period[] array);

        Object body() {
            return ZoneId.systemDefault();
        }
    }

    /** A graph of edges, each "A B" for a reference of A to B. */
    static ClassGraph graph(String... edges) {
        Map<String, Set<String>> targets = new TreeMap<>();
        for (String edge : edges) {
            String[] names = edge.split(" ", 2);
            targets.computeIfAbsent(names[0], name -> new TreeSet<>()).add(names[1]);
        }
        return new ClassGraph(targets);
    }
}
