"""An RTSP camera by GStreamer, run by the system's own Python: python3 rtsp_server.py PORT [USER:PASSWORD [FILE.pem]].

It shows a grey at rtsp://127.0.0.1:PORT/live, in Motion JPEG; rtsps:// if the file has a certificate and its key.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gio, GLib, Gst, GstRtspServer  # noqa: E402

GREY = """( videotestsrc is-live=true pattern=solid-color foreground-color=0xff646464
    ! video/x-raw,format=I420,width=64,height=48,framerate=25/1 ! jpegenc ! rtpjpegpay name=pay0 pt=26 )"""
MAY = "viewer, media.factory.access=(boolean)true, media.factory.construct=(boolean)true"


def protected(keys: str, certificate: str) -> GstRtspServer.RTSPAuth:
    """Whoever knows the keys is a viewer."""
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string(GstRtspServer.RTSP_TOKEN_MEDIA_FACTORY_ROLE, "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(*keys.split(":")), token)
    if certificate:
        auth.set_tls_certificate(Gio.TlsCertificate.new_from_file(certificate))
    return auth


def main(port: str, keys: str = "", certificate: str = "") -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer(service=port, address="127.0.0.1")
    camera = GstRtspServer.RTSPMediaFactory(launch=GREY, shared=True)
    server.get_mount_points().add_factory("/live", camera)
    if keys:
        camera.add_role_from_structure(Gst.Structure.new_from_string(MAY))
        server.set_auth(protected(keys, certificate))
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
