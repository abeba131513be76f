"""`python -m deployment.dashboards`: writes every dashboard."""

from deployment.dashboards.files import FOLDER, texts

if __name__ == "__main__":
    for name, text in texts().items():
        (FOLDER / name).write_text(text)
