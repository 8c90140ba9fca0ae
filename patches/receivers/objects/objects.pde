// Neocog's objects as circles that drag a tail. Wants the library oscP5 (Sketch, Import Library); then start neocog.
import oscP5.*;
import java.util.concurrent.ConcurrentHashMap;

// by id: slot, x, y, w, h; messages come on another thread than draw's
ConcurrentHashMap<Integer, float[]> objects = new ConcurrentHashMap<Integer, float[]>();

void setup() {
  size(960, 540);
  background(0);
  noStroke();
  new OscP5(this, 9000);
}

void draw() {
  fill(0, 20);
  rect(0, 0, width, height);
  for (float[] object : objects.values()) {
    fill(color(80 + 37 * (object[0] % 5), 200, 255 - 31 * (object[0] % 7)));
    ellipse(object[1] * width, object[2] * height, object[3] * width, object[4] * height);
  }
}

// /object/enter and /object/update: id slot class score x y w h vx vy age; /alive: the ids of all that are there
void oscEvent(OscMessage message) {
  if (message.checkAddrPattern("/object/enter") || message.checkAddrPattern("/object/update")) {
    float[] object = {message.get(1).intValue(), message.get(4).floatValue(), message.get(5).floatValue(),
                      message.get(6).floatValue(), message.get(7).floatValue()};
    objects.put(message.get(0).intValue(), object);
  } else if (message.checkAddrPattern("/alive")) {
    java.util.Set<Integer> alive = new java.util.HashSet<Integer>();
    for (int i = 0; i < message.typetag().length(); i++) alive.add(message.get(i).intValue());
    objects.keySet().retainAll(alive);
  }
}
