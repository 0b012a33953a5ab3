package dev.gatun.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is bound is what bindings.txt says, from which `make bindings` works. */
final class BindingsTest {
  @Test
  void boundFunctionsAreThoseOfTheList() {
    BindingList.CLASSES.forEach(
        (name, type) -> {
          Map<String, String> exported = new TreeMap<>();
          BindingList.bound(type).forEach((key, function) -> exported.put(key, function.name()));

          assertThat(exported).as(name).isEqualTo(BindingList.of(type).functions());
          System.out.println(name + " binds " + exported.size() + " functions");
        });
  }

  @Test
  void constantsHaveTheValuesOfTheList() {
    BindingList.CLASSES.forEach(
        (name, type) -> {
          for (BindingList.Constant constant : BindingList.of(type).constants()) {
            assertThat(BindingList.constant(type, constant.name()))
                .as("%s.%s", name, constant.name())
                .isEqualTo(Integer.parseInt(constant.value()));
          }
        });
  }
}
