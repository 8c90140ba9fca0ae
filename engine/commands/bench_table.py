"""neocog bench: its figures for people."""

from engine.commands.bench_cameras import CAMERAS
from engine.commands.bench_sound import NO_JACK


def table(figures: dict) -> str:
    """The figures for people."""
    told, now, osc, voice = (figures[part] for part in ("machine", "live", "osc", "voice"))
    lines = [f"{told['device']}, {told['cores']} cores, {told['runtime']}, torch {told['torch']}"]
    for kind in ("headless", "window"):
        part = figures[kind]
        if "missing" in part:
            lines.append(f"{kind:10}not measured: {part['missing']}")
            continue
        lines += [f"{kind:10}{part['frame_ms']:.2f} ms a frame, {part['ratio']:.2f} times its two forward passes "
                  f"({part['two_passes_ms']:.2f} ms)",
                  " " * 10 + ", ".join(f"{stage} {spent:.2f}" for stage, spent in part["stages_ms"].items()) + " ms"]
    lines += [f"{kind:10}" + ", ".join(f"{name} {spent:.1f}" for name, spent in found.items()) + " ms a pass"
              for kind, found in figures["runtimes_ms"].items()]
    cameras, card = figures["cameras"], figures.get("card_ms")
    lines.append(f"cameras   one: {cameras['one']:.0f} frames a second; {CAMERAS} at once: {cameras['all']:.0f} in all")
    if card:
        lines.append(f"card      a picture there {card['up']:.3f} ms, its numbers back {card['down']:.3f}; a frame as "
                     f"one captured graph {card['graph']:.2f}, call by call {card['calls']:.2f}; the detector alone "
                     f"{card['detector']:.2f}, the features {card['features']:.2f}")
    detector, features = figures["runtimes_ms"].values()
    lines.append("both      " + ", ".join(f"{name} {spent + features[name]:.1f}"
                                          for name, spent in detector.items() if name in features)
                 + f", each in its quickest {min(detector.values()) + min(features.values()):.1f} ms")
    lines += [f"boxes     {name}: {speed['boxes']:.1f} ms from a camera's picture to them, in {speed['runtime']}"
              for name, speed in figures.get("beside", {}).items()]
    sizes, views = " and ".join(figures["views_ms"]), list(figures["views_ms"].values())
    for name in views[0] if views else ():
        picture, first = (" and ".join(f"{found[name][part]:.1f}" for found in views) for part in ("picture", "first"))
        lines.append(f"view      {name}: {picture} ms a picture of {sizes}, the first after another view {first}")
    return "\n".join(lines + [
        f"live      {now['fps']:.1f} frames a second, {now['dropped']} dropped; from capture to datagram "
        f"{now['latency_p50_ms']:.1f} ms (median), {now['latency_p99_ms']:.1f} ms (p99)",
        f"osc       20 objects encoded {osc['encode_times_python_osc']:.0f} times as fast as by python-osc's builder; "
        f"their frame takes {osc['frame_us']:.0f} us to the socket, {osc['frame_times_python_osc']:.0f} times as fast; "
        f"100 in every profile {osc['profiles_us']:.0f} us",
        f"voice     one {voice['one']:.1f} times real time, four {voice['four']:.1f}; beside a show "
        f"{voice['one_beside']:.1f} and {voice['four_beside']:.1f}; "
        f"{voice['one'] / voice['torch']:.0f} times plain torch step by step",
        f"          a block of four voices takes {voice['p50']:.0%} of its length (median), {voice['p99']:.0%} (p99), "
        f"{voice['worst']:.0%} (worst) beside the show",
        *([] if figures["sound"] else [f"sound     not measured: {NO_JACK}"]),
        *(f"sound     asked for in {heard['stated']:.0f} ms, heard on JACK {heard['p50']:.0f} ms (median), "
          f"{heard['worst']:.0f} ms (worst) after its OSC gate, beside a show; dry {heard['underruns']} times"
          for heard in figures["sound"])])
