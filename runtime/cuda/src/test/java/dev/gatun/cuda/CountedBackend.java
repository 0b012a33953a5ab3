package dev.gatun.cuda;

import dev.gatun.tensor.Backend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A backend, whose calls are counted, with or without its sampler.
 *
 * @param backend to be used
 * @param calls how often each method of it was called
 */
record CountedBackend(Backend backend, Map<String, Integer> calls) {

  static CountedBackend of(Backend counted, boolean offersSampler) {
    Map<String, Integer> calls = new ConcurrentHashMap<>();
    Backend proxy =
        (Backend)
            Proxy.newProxyInstance(
                Backend.class.getClassLoader(),
                new Class<?>[] {Backend.class},
                (_, method, arguments) -> {
                  calls.merge(method.getName(), 1, Integer::sum);
                  if (method.getName().equals("newSampler") && !offersSampler) {
                    return Optional.empty();
                  }
                  try {
                    return method.invoke(counted, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    return new CountedBackend(proxy, calls);
  }

  int count(String method) {
    return calls.getOrDefault(method, 0);
  }
}
