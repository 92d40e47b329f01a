"""Every layout that an adapter reads, with one image or a few."""

import numpy as np
from PIL import Image

PIXELS = " ".join(["9"] * 2304)
VOTES = "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"
AFFECTNET = "subDirectory_filePath,face_x,face_y,face_width,face_height,facial_landmarks,expression\n"
LANDMARKS = ";".join(map(str, range(136)))

LAYOUTS = {
    "folder": {"labels.csv": "path,expression\na/1.png,happy\n", "a/1.png": None, "b/1.png": None},
    "lfw": {"A_B/A_B_0001.jpg": None},
    "celeba": {
        "identity_CelebA.txt": "000001.jpg 1\n",
        "list_eval_partition.txt": "000001.jpg 0\n",
        "list_landmarks_align_celeba.txt": "1\nlefteye_x\n000001.jpg 1 2 3 4 5 6 7 8 9 10\n",
        "img_align_celeba/000001.jpg": None,
    },
    "celeba, Kaggle": {
        "list_eval_partition.csv": "image_id,partition\n000001.jpg,0\n",
        "img_align_celeba/img_align_celeba/000001.jpg": None,
    },
    "celebamask_hq": {
        "CelebA-HQ-to-CelebA-mapping.txt": "idx orig_idx orig_file\n0 5 000006.jpg\n",
        "identity_CelebA.txt": "000006.jpg 1\n",
        "list_eval_partition.txt": "000006.jpg 0\n",
        "CelebA-HQ-img/0.jpg": None,
    },
    "fer2013": {"fer2013.csv": f"emotion,pixels,Usage\n3,{PIXELS},Training\n"},
    "fer2013, Kaggle": {"icml_face_data.csv": f"emotion, Usage, pixels\n3,Training,{PIXELS}\n"},
    "ferplus": {
        "fer2013.csv": f"emotion,pixels,Usage\n3,{PIXELS},Training\n",
        "fer2013new.csv": f"{VOTES}Training,fer0.png,0,9,0,0,0,0,0,0,0,0\n",
    },
    "fer2013_folders": {"train/happy/1.jpg": None},
    "rafdb": {
        "EmoLabel/list_patition_label.txt": "train_00001.jpg 4\n",
        "Image/aligned/train_00001_aligned.jpg": None,
    },
    "affectnet": {
        "Manually_Annotated_file_lists/training.csv": f"{AFFECTNET}1/a.jpg,1,2,3,4,{LANDMARKS},1\n",
        "Manually_Annotated_Images/1/a.jpg": None,
    },
    "affectnet, newer": {
        "train_set/images/0.jpg": None,
        "train_set/annotations/0_exp.npy": np.array("1"),
        "train_set/annotations/0_lnd.npy": np.arange(136.0),
    },
    "ckplus": {
        "cohn-kanade-images/S005/001/S005_001_00000001.png": None,
        "cohn-kanade-images/S005/001/S005_001_00000002.png": None,
        "Emotion/S005/001/S005_001_00000002_emotion.txt": "3.0\n",
    },
    "ckplus, CK+48": {"anger/S010_004_00000019.png": None},
    "faces": {"004_o_m_a_a.jpg": None},
    "xqlfw": {
        "lfw_original_imgs_min_qual0.85variant11/A_B/A_B_0001.jpg": None,
    },
    "xqlfw, aligned": {"A_B/A_B_0001.jpg": None},
    "agedb": {"AgeDB/0_MariaCallas_35_f.jpg": None},
    "agedb, protocols": {"03_Protocol_Images/MariaCallas_35_f_0_1.jpg": None},
    "cfp": {"Data/Images/001/frontal/01.jpg": None, "Data/Images/001/profile/01.jpg": None},
    "cfp, archive": {"cfp-dataset/Data/Images/001/frontal/01.jpg": None},
    "fairface": {
        "fairface_label_val.csv": "file,age,gender,race,service_test\nval/1.jpg,3-9,Male,East Asian,False\n",
        "val/1.jpg": None,
    },
    "fairface, archives": {
        "fairface_label_train.csv": "file,age,gender,race,service_test\ntrain/1.jpg,3-9,Male,White,True\n",
        "fairface-img-margin025-trainval/train/1.jpg": None,
        "fairface-img-margin125-trainval/train/1.jpg": None,
    },
    "affectnet_plus": {
        "human_annotated/train_set/images/0.jpg": None,
        "human_annotated/train_set/annotations/0.json": '{"human-label": 1}',
        "no_human_annotated/images/1.jpg": None,
    },
    "ferv39k": {
        "4_setups/All_scenes/train_All.csv": "Action/Happy/0267 Happy\n",
        "2_ClipsforFaceCrop/Action/Happy/0267/00001.jpg": None,
        "2_ClipsforFaceCrop/Action/Happy/0267/00002.jpg": None,
        "2_ClipsforFaceCrop/Action/Sad/0001/00001.jpg": None,
    },
    "wider_face": {
        "wider_face_split/wider_face_val_bbx_gt.txt": "a/b.jpg\n1\n1 2 3 4 0 0 0 0 0 0\n",
        "WIDER_val/images/a/b.jpg": None,
    },
}
"""File → text, array, or None for an image."""


def lay_out(name, root):
    for file, content in LAYOUTS[name].items():
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if content is None:
            Image.new("RGB", (4, 4), (len(file), 9, 9)).save(path)
        elif isinstance(content, str):
            path.write_text(content)
        else:
            np.save(path, content)
