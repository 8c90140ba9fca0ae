{
	"patcher": {
		"fileversion": 1,
		"appversion": {
			"major": 8,
			"minor": 0,
			"revision": 0,
			"architecture": "x64",
			"modernui": 1
		},
		"classnamespace": "box",
		"rect": [
			80.0,
			80.0,
			780.0,
			460.0
		],
		"default_fontsize": 12.0,
		"boxes": [
			{
				"box": {
					"id": "about",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"outlettype": [],
					"patching_rect": [
						20.0,
						10.0,
						720.0,
						22.0
					],
					"text": "Neocog: the height of an object is a note, the mean of a layer is how loud it is. Start neocog: it sends to port 9000."
				}
			},
			{
				"box": {
					"id": "in",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"outlettype": [
						""
					],
					"patching_rect": [
						20.0,
						50.0,
						105.0,
						22.0
					],
					"text": "udpreceive 9000"
				}
			},
			{
				"box": {
					"id": "route",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 5,
					"outlettype": [
						"",
						"",
						"",
						"",
						""
					],
					"patching_rect": [
						20.0,
						80.0,
						427.0,
						22.0
					],
					"text": "route /object/enter /object/update /object/leave /layer/conv3"
				}
			},
			{
				"box": {
					"id": "enter",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"outlettype": [],
					"patching_rect": [
						20.0,
						120.0,
						77.0,
						22.0
					],
					"text": "print enter"
				}
			},
			{
				"box": {
					"id": "leave",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 0,
					"outlettype": [],
					"patching_rect": [
						260.0,
						120.0,
						77.0,
						22.0
					],
					"text": "print leave"
				}
			},
			{
				"box": {
					"id": "columns",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"outlettype": [],
					"patching_rect": [
						20.0,
						150.0,
						260.0,
						22.0
					],
					"text": "id slot class score x y w h vx vy age"
				}
			},
			{
				"box": {
					"id": "object",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 8,
					"outlettype": [
						"",
						"",
						"",
						"",
						"",
						"",
						"",
						""
					],
					"patching_rect": [
						120.0,
						180.0,
						189.0,
						22.0
					],
					"text": "unpack 0 0 0 0. 0. 0. 0. 0."
				}
			},
			{
				"box": {
					"id": "scale",
					"maxclass": "newobj",
					"numinlets": 6,
					"numoutlets": 1,
					"outlettype": [
						""
					],
					"patching_rect": [
						120.0,
						220.0,
						133.0,
						22.0
					],
					"text": "scale 0. 1. 84. 36."
				}
			},
			{
				"box": {
					"id": "mtof",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 1,
					"outlettype": [
						""
					],
					"patching_rect": [
						120.0,
						250.0,
						40.0,
						22.0
					],
					"text": "mtof"
				}
			},
			{
				"box": {
					"id": "sine",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"outlettype": [
						"signal"
					],
					"patching_rect": [
						120.0,
						290.0,
						77.0,
						22.0
					],
					"text": "cycle~ 440."
				}
			},
			{
				"box": {
					"id": "layer",
					"maxclass": "newobj",
					"numinlets": 1,
					"numoutlets": 7,
					"outlettype": [
						"",
						"",
						"",
						"",
						"",
						"",
						""
					],
					"patching_rect": [
						420.0,
						120.0,
						189.0,
						22.0
					],
					"text": "unpack 0. 0. 0. 0. 0. 0. 0."
				}
			},
			{
				"box": {
					"id": "statistics",
					"maxclass": "comment",
					"numinlets": 1,
					"numoutlets": 0,
					"outlettype": [],
					"patching_rect": [
						420.0,
						90.0,
						280.0,
						22.0
					],
					"text": "mean peak sparsity entropy cx cy change"
				}
			},
			{
				"box": {
					"id": "mean",
					"maxclass": "flonum",
					"numinlets": 1,
					"numoutlets": 2,
					"outlettype": [
						"",
						"bang"
					],
					"patching_rect": [
						420.0,
						160.0,
						60.0,
						22.0
					]
				}
			},
			{
				"box": {
					"id": "ramp",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"outlettype": [
						""
					],
					"patching_rect": [
						420.0,
						220.0,
						77.0,
						22.0
					],
					"text": "pack 0. 100"
				}
			},
			{
				"box": {
					"id": "line",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 2,
					"outlettype": [
						"signal",
						"bang"
					],
					"patching_rect": [
						420.0,
						250.0,
						40.0,
						22.0
					],
					"text": "line~"
				}
			},
			{
				"box": {
					"id": "times",
					"maxclass": "newobj",
					"numinlets": 2,
					"numoutlets": 1,
					"outlettype": [
						"signal"
					],
					"patching_rect": [
						120.0,
						330.0,
						40.0,
						22.0
					],
					"text": "*~"
				}
			},
			{
				"box": {
					"id": "out",
					"maxclass": "ezdac~",
					"numinlets": 2,
					"numoutlets": 0,
					"outlettype": [],
					"patching_rect": [
						120.0,
						370.0,
						45.0,
						22.0
					]
				}
			}
		],
		"lines": [
			{
				"patchline": {
					"source": [
						"in",
						0
					],
					"destination": [
						"route",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"route",
						0
					],
					"destination": [
						"enter",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"route",
						1
					],
					"destination": [
						"object",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"route",
						2
					],
					"destination": [
						"leave",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"route",
						3
					],
					"destination": [
						"layer",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"object",
						5
					],
					"destination": [
						"scale",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"scale",
						0
					],
					"destination": [
						"mtof",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"mtof",
						0
					],
					"destination": [
						"sine",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"sine",
						0
					],
					"destination": [
						"times",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"layer",
						0
					],
					"destination": [
						"mean",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"mean",
						0
					],
					"destination": [
						"ramp",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"ramp",
						0
					],
					"destination": [
						"line",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"line",
						0
					],
					"destination": [
						"times",
						1
					]
				}
			},
			{
				"patchline": {
					"source": [
						"times",
						0
					],
					"destination": [
						"out",
						0
					]
				}
			},
			{
				"patchline": {
					"source": [
						"times",
						0
					],
					"destination": [
						"out",
						1
					]
				}
			}
		]
	}
}
